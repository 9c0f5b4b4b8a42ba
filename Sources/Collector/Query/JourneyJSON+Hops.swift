import Interop
import Telemetry

extension JourneyJSON {
    static func hop(_ hop: Hop, to json: inout JSONWriter) {
        json.beginObject()
        json.add("id", hop.id)
        json.add("parent", hop.parent)
        json.add("depth", hop.depth)
        json.add("leg", hop.leg)
        json.add("form", hop.form.rawValue)
        json.add("linkedBy", hop.linkedBy.rawValue)
        json.add("traceID", hop.traceID)
        json.add("service", hop.service)
        json.add("operation", hop.operation)
        span("caller", hop.caller, to: &json)
        span("callee", hop.callee, to: &json)
        json.add("callerPrincipal", hop.callerPrincipal)
        json.add("calleePrincipal", hop.calleePrincipal)
        json.add("decision", hop.decision)
        json.add("policyRule", hop.policyRule)
        json.add("policyRevision", hop.policyRevision)
        json.add("attempt", hop.attempt)
        json.add("retriedBy", hop.retriedBy)
        json.add("outcome", hop.outcome.rawValue)
        json.add("httpStatus", hop.httpStatus)
        json.add("grpcStatus", hop.grpcStatus)
        json.add("errorMessage", hop.errorMessage)
        json.add("responseFlags", hop.responseFlags)
        json.add("startOffsetNanoseconds", hop.startOffsetNanoseconds)
        json.add("durationNanoseconds", hop.durationNanoseconds)
        json.add("startsEarlyNanoseconds", hop.startsEarlyNanoseconds)
        json.add("hasConflict", hop.hasConflict)
        json.add("cutsCycle", hop.cutsCycle)
        keys("transactions", hop.transactions, to: &json)
        json.endObject()
    }

    private static func span(_ name: String, _ span: HopSpan?, to json: inout JSONWriter) {
        guard let span else { return }
        json.key(name)
        json.beginObject()
        json.add("spanID", span.spanID)
        json.add("parentSpanID", span.parentSpanID)
        json.add("service", span.service)
        json.add("instance", span.instance)
        json.add("name", span.name)
        json.add("principal", span.principal)
        json.add("start", span.start)
        json.add("durationNanoseconds", span.durationNanoseconds)
        json.add("statusCode", Int(span.statusCode))
        json.add("statusMessage", span.statusMessage)
        json.add("eventCount", span.eventCount)
        json.list("attributes", span.attributes) { attribute($0.key, $0.value, to: &$1) }
        json.key("source")
        source(span.source, to: &json)
        json.endObject()
    }

    private static func source(_ source: HopSource, to json: inout JSONWriter) {
        json.beginObject()
        json.add("door", source.door)
        json.add("principal", source.principal)
        json.add("instance", source.instance)
        json.add("sequence", source.sequence)
        json.add("received", source.received)
        json.endObject()
    }

    static func attribute(_ attribute: Attribute, to json: inout JSONWriter) {
        self.attribute(attribute.key, attribute.value, to: &json)
    }

    private static func attribute(_ key: String, _ value: AttributeValue, to json: inout JSONWriter) {
        json.beginObject()
        json.add("key", key)
        json.key("value")
        self.value(value, to: &json)
        json.endObject()
    }

    /// Receivers bound how deep values nest.
    private static func value(_ value: AttributeValue, to json: inout JSONWriter) {
        switch value {
        case .empty: json.null()
        case .string(let text): json.string(text)
        case .bool(let flag): json.bool(flag)
        case .int(let number): json.number(number)
        case .double(let number) where number.isFinite: json.number(number)
        case .double, .bytes: json.string(value.text)
        case .array(let values):
            json.beginArray()
            for value in values { self.value(value, to: &json) }
            json.endArray()
        case .map(let entries):
            json.beginArray()
            for entry in entries { attribute(entry.key, entry.value, to: &json) }
            json.endArray()
        }
    }
}
