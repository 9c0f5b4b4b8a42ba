import Telemetry

/// Writes what Jaeger's HTTP API of the third generation answers (`/api/v3/…`): OpenTelemetry's own format under
/// `result`, and lists in protobuf's JSON mapping.
///
/// Source: jaeger-idl `api_v3/query_service.proto` and its OpenAPI document; jaegertracing/jaeger `apiv3`.
public enum JaegerV3JSON {
    /// `{"result":{"resourceSpans":[…]}}`: the spans of one trace, or of several.
    public static func result(_ spans: some Sequence<Span>) -> [UInt8] {
        let batch = SpanBatch(spans)
        var json = JSONWriter(reserving: batch.memoryBytes * 3)
        json.beginObject()
        json.key("result")
        OTLPJSON.write(batch, to: &json)
        json.endObject()
        return json.finish()
    }

    public static func services(_ names: [String]) -> [UInt8] {
        object("services", names) { $1.string($0) }
    }

    /// A span whose kind is not told counts as internal, as Jaeger has it.
    public static func operations(_ operations: [(name: String, kind: SpanKind)]) -> [UInt8] {
        object("operations", operations) { operation, json in
            json.beginObject()
            json.add("name", operation.name)
            json.add("spanKind", JaegerTag.word(of: operation.kind) ?? "internal")
            json.endObject()
        }
    }

    public static func dependencies(_ links: [ServiceLink]) -> [UInt8] {
        object("dependencies", links) { link, json in
            json.beginObject()
            json.add("parent", link.parent)
            json.add("child", link.child)
            json.key("callCount")
            json.quoted(link.calls)
            json.endObject()
        }
    }

    public static func summaries(_ summaries: [TraceSummary]) -> [UInt8] {
        object("summaries", summaries) { summary, json in
            json.beginObject()
            json.add("traceId", summary.traceID.description)
            json.add("rootServiceName", summary.rootService)
            json.add("rootOperationName", summary.rootOperation)
            json.key("minStartTimeUnixNano")
            json.quoted(summary.startNanoseconds)
            json.key("maxEndTimeUnixNano")
            json.quoted(summary.endNanoseconds)
            json.add("spanCount", summary.spans)
            json.add("errorSpanCount", summary.errors)
            json.add("orphanSpanCount", summary.orphans)
            json.list("services", summary.services) { service, json in
                json.beginObject()
                json.add("name", service.name)
                json.add("spanCount", service.spans)
                json.add("errorSpanCount", service.errors)
                json.endObject()
            }
            json.endObject()
        }
    }

    /// `jaeger.api_v3.GRPCGatewayError`.
    public static func failure(_ status: Int, _ message: String) -> [UInt8] {
        var json = JSONWriter(reserving: 128)
        json.beginObject()
        json.key("error")
        json.beginObject()
        json.add("httpCode", status)
        json.add("message", message)
        json.endObject()
        json.endObject()
        return json.finish()
    }

    private static func object<Element>(
        _ name: String, _ elements: [Element], _ write: (Element, inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter(reserving: 64 + 96 * elements.count)
        json.beginObject()
        json.list(name, elements, write)
        json.endObject()
        return json.finish()
    }
}
