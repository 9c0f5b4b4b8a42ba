import Telemetry

extension JaegerJSON {
    /// Traces, each all of its spans in their order. A trace must have one at least: readers look at the first.
    ///
    /// - Parameter incomplete: why spans of a trace may be missing, by trace.
    public static func traces(
        _ traces: [[StoredSpan]], problems: [Problem] = [], incomplete: [TraceID: [String]] = [:]
    ) -> [UInt8] {
        let spans = traces.reduce(0) { $0 + $1.count }
        return envelope(problems: problems, reserving: 256 + 1024 * spans) { json in
            json.beginArray()
            for trace in traces { write(trace, incomplete, to: &json) }
            json.endArray()
        }
    }

    private static func write(_ trace: [StoredSpan], _ incomplete: [TraceID: [String]], to json: inout JSONWriter) {
        guard let id = trace.first?.span.traceID else { return }
        var processes = JaegerProcesses()
        let skew = ClockSkew(trace)
        json.beginObject()
        json.add("traceID", shortHex(id))
        json.list("spans", trace) { stored, json in
            write(stored, process: processes.number(of: stored.span.resource), skew, to: &json)
        }
        processes.write(to: &json)
        warnings(incomplete[id] ?? [], to: &json)
        json.endObject()
    }

    private static func write(_ stored: StoredSpan, process: Int, _ skew: ClockSkew, to json: inout JSONWriter) {
        let span = stored.span
        json.beginObject()
        json.add("traceID", shortHex(span.traceID))
        json.add("spanID", span.spanID.description)
        // Bit 0 means "sampled" to both; the other bits mean other things.
        if span.flags & 1 != 0 { json.add("flags", 1) }
        json.add("operationName", span.name)
        references(span, to: &json)
        json.add("startTime", span.startNanoseconds / 1000)
        json.add("duration", span.durationNanoseconds / 1000)
        JaegerTag.write(JaegerSpanTags.tags(of: span), "tags", to: &json)
        json.list("logs", span.events) { event, json in
            json.beginObject()
            json.add("timestamp", event.timeNanoseconds / 1000)
            JaegerTag.write(JaegerSpanTags.fields(of: event), "fields", to: &json)
            json.endObject()
        }
        json.add("processID", "p\(process)")
        var sentences: [String] = []
        if let sentence = skew.warning(span) { sentences.append(sentence) }
        if stored.hasConflict {
            sentences.append("Another span with the same ids and other content is stored; both are shown.")
        }
        warnings(sentences, to: &json)
        json.endObject()
    }

    /// The parent first, because readers take the first; then links.
    private static func references(_ span: Span, to json: inout JSONWriter) {
        json.key("references")
        json.beginArray()
        if span.parentSpanID.isValid { reference("CHILD_OF", span.traceID, span.parentSpanID, to: &json) }
        for link in span.links where link.traceID.isValid && link.spanID.isValid {
            // What converters from OpenTracing leave behind of a reference's type.
            let isChild = link.attributes.first("opentracing.ref_type") == .string("child_of")
            reference(isChild ? "CHILD_OF" : "FOLLOWS_FROM", link.traceID, link.spanID, to: &json)
        }
        json.endArray()
    }

    private static func reference(_ type: String, _ trace: TraceID, _ span: SpanID, to json: inout JSONWriter) {
        json.beginObject()
        json.add("refType", type)
        json.add("traceID", shortHex(trace))
        json.add("spanID", span.description)
        json.endObject()
    }

    private static func warnings(_ sentences: [String], to json: inout JSONWriter) {
        guard !sentences.isEmpty else {
            json.key("warnings")
            return json.null()
        }
        json.list("warnings", sentences) { $1.string($0) }
    }
}
