import Telemetry

/// Writes what Jaeger's HTTP API of the first generation answers (`/api/traces`, `/api/services`, …): the format that
/// Jaeger's user interface and Grafana's data source read.
///
/// Source: jaegertracing/jaeger, `internal/uimodel`; OpenTelemetry specification, OpenTelemetry to Jaeger Transformation.
public enum JaegerJSON {
    /// Something that went wrong with a part of an answer, or the whole of it.
    public struct Problem: Sendable, Hashable {
        public var code: Int?
        public var message: String
        /// The trace it is about.
        public var traceID: TraceID?

        public init(code: Int? = nil, message: String, traceID: TraceID? = nil) {
            self.code = code
            self.message = message
            self.traceID = traceID
        }
    }

    /// The envelope around every answer. `total` counts the elements of lists of names; for traces Jaeger leaves it zero.
    public static func envelope(
        total: Int = 0, problems: [Problem] = [], reserving bytes: Int = 256, _ data: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter(reserving: bytes)
        json.beginObject()
        json.key("data")
        data(&json)
        json.add("total", total)
        json.add("limit", 0)
        json.add("offset", 0)
        json.key("errors")
        if problems.isEmpty {
            json.null()
        } else {
            json.beginArray()
            for problem in problems { write(problem, to: &json) }
            json.endArray()
        }
        json.endObject()
        return json.finish()
    }

    /// An answer that is only an error.
    public static func failure(_ problem: Problem) -> [UInt8] { envelope(problems: [problem]) { $0.null() } }

    public static func names(_ names: [String]) -> [UInt8] {
        envelope(total: names.count, reserving: 128 + 32 * names.count) { json in
            json.beginArray()
            for name in names { json.string(name) }
            json.endArray()
        }
    }

    /// Operations with their kinds, which are empty where a span's kind is not told.
    public static func operations(_ operations: [(name: String, kind: SpanKind)]) -> [UInt8] {
        envelope(total: operations.count, reserving: 128 + 64 * operations.count) { json in
            json.beginArray()
            for operation in operations {
                json.beginObject()
                json.add("name", operation.name)
                json.add("spanKind", JaegerTag.word(of: operation.kind) ?? "")
                json.endObject()
            }
            json.endArray()
        }
    }

    public static func dependencies(_ links: [ServiceLink]) -> [UInt8] {
        envelope(reserving: 128 + 96 * links.count) { json in
            json.beginArray()
            for link in links {
                json.beginObject()
                json.add("parent", link.parent)
                json.add("child", link.child)
                json.add("callCount", link.calls)
                json.endObject()
            }
            json.endArray()
        }
    }

    private static func write(_ problem: Problem, to json: inout JSONWriter) {
        json.beginObject()
        json.add("code", problem.code)
        json.add("msg", problem.message)
        if let id = problem.traceID { json.add("traceID", shortHex(id)) }
        json.endObject()
    }

    /// As Jaeger writes trace ids: 16 digits where the upper half is zero, else 32.
    static func shortHex(_ id: TraceID) -> String { id.high == 0 ? Hex.string(id.low) : id.description }
}
