import Telemetry

/// What `/api/search` answers.
///
/// Grafana decodes it strictly: a field that `tempopb.SearchResponse` does not have makes it refuse the whole answer, and
/// 64-bit integers must be texts. Only fields stand here that its first versions with `spanSets` had.
public struct TempoSearch: Sendable {
    public struct FoundSpan: Sendable {
        public var spanID: SpanID
        public var name: String
        public var startNanoseconds: UInt64
        public var durationNanoseconds: UInt64
        /// What the query compares or selects.
        public var attributes: [Attribute]

        public init(
            spanID: SpanID, name: String, startNanoseconds: UInt64, durationNanoseconds: UInt64,
            attributes: [Attribute] = []
        ) {
            self.spanID = spanID
            self.name = name
            self.startNanoseconds = startNanoseconds
            self.durationNanoseconds = durationNanoseconds
            self.attributes = attributes
        }
    }

    public struct SpanSet: Sendable {
        public var spans: [FoundSpan]
        /// How many match in all.
        public var matched: Int
        /// Of the set: what it is grouped by, what was counted.
        public var attributes: [Attribute]

        public init(spans: [FoundSpan], matched: Int, attributes: [Attribute] = []) {
            self.spans = spans
            self.matched = matched
            self.attributes = attributes
        }
    }

    public struct FoundTrace: Sendable {
        public var traceID: TraceID
        public var rootService: String
        public var rootName: String
        public var startNanoseconds: UInt64
        public var durationNanoseconds: UInt64
        public var spanSets: [SpanSet]
        public var services: [(name: String, spans: Int, errors: Int)]

        public init(
            traceID: TraceID, rootService: String, rootName: String, startNanoseconds: UInt64,
            durationNanoseconds: UInt64, spanSets: [SpanSet] = [],
            services: [(name: String, spans: Int, errors: Int)] = []
        ) {
            self.traceID = traceID
            self.rootService = rootService
            self.rootName = rootName
            self.startNanoseconds = startNanoseconds
            self.durationNanoseconds = durationNanoseconds
            self.spanSets = spanSets
            self.services = services
        }
    }

    public var traces: [FoundTrace]
    public var figures: TempoFigures

    public init(traces: [FoundTrace], figures: TempoFigures = TempoFigures()) {
        self.traces = traces
        self.figures = figures
    }

    public var json: [UInt8] {
        var json = JSONWriter(reserving: 256 + 512 * traces.count)
        json.beginObject()
        json.list("traces", traces) { trace, json in Self.write(trace, to: &json) }
        figures.write(to: &json)
        json.endObject()
        return json.finish()
    }

    private static func write(_ trace: FoundTrace, to json: inout JSONWriter) {
        json.beginObject()
        json.add("traceID", trace.traceID.description)
        json.add("rootServiceName", trace.rootService)
        json.add("rootTraceName", trace.rootName)
        json.key("startTimeUnixNano")
        json.quoted(trace.startNanoseconds)
        json.add("durationMs", UInt64(UInt32(clamping: trace.durationNanoseconds / 1_000_000)))
        if !trace.spanSets.isEmpty { json.list("spanSets", trace.spanSets) { set, json in write(set, to: &json) } }
        if !trace.services.isEmpty {
            json.key("serviceStats")
            json.beginObject()
            for service in trace.services {
                json.key(service.name)
                json.beginObject()
                json.add("spanCount", service.spans)
                if service.errors > 0 { json.add("errorCount", service.errors) }
                json.endObject()
            }
            json.endObject()
        }
        json.endObject()
    }

    private static func write(_ set: SpanSet, to json: inout JSONWriter) {
        json.beginObject()
        json.list("spans", set.spans) { span, json in
            json.beginObject()
            json.add("spanID", span.spanID.description)
            json.add("name", span.name.isEmpty ? nil : span.name)
            json.key("startTimeUnixNano")
            json.quoted(span.startNanoseconds)
            json.key("durationNanos")
            json.quoted(span.durationNanoseconds)
            TempoLabels.write(span.attributes, "attributes", to: &json)
            json.endObject()
        }
        json.add("matched", set.matched)
        TempoLabels.write(set.attributes, "attributes", to: &json)
        json.endObject()
    }
}
