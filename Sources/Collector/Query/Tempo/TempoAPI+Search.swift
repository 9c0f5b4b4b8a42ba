import Interop
import Storage
import Telemetry
import TraceQL

extension TempoAPI {
    private static let defaultLimit = 20
    private static let defaultSpans = 3
    /// The field of an answer that says where the next page starts, and the parameter that asks for it. Tempo has none:
    /// its format has no place for it.
    private static let cursorField = "Waybill-Cursor"

    /// `/api/search`: by a TraceQL query, or by tags and durations as older clients ask.
    func search(_ request: QueryRequest) throws -> HTTPAnswer {
        let window = try self.window(request)
        let query = try Self.query(request)
        guard query.metrics == nil else {
            throw QueryRefusal.badRequest("q: this query counts; ask /api/metrics/query_range for its answer.")
        }
        var search = TraceSearchRequest(
            query, from: window.lowerBound, to: window.upperBound,
            limit: min(
                try request.number("limit", 1...Int(Int32.max), default: Self.defaultLimit),
                TraceSearchRequest.maximumLimit),
            spansPerSpanSet: try request.number("spss", 0...Int(Int32.max), default: Self.defaultSpans))
        if let text = request.parameter("cursor") {
            guard let cursor = TraceSearchCursor(text) else {
                throw QueryRefusal.badParameter(
                    "cursor", text, expected: "what an earlier answer had in its field \(Self.cursorField)")
            }
            search.after = cursor
        }
        let found = try TraceSearch(store: store).search(search, isCancelled: request.http.isAbandoned)
        let figures = TempoFigures(
            inspectedTraces: found.figures.inspectedTraces, inspectedBytes: UInt64(found.figures.search.bytes),
            isComplete: !found.isPartial)
        let body = TempoSearch(traces: found.traces.map(Self.trace), figures: figures)
        var answer = HTTPAnswer.json(.ok, body.json).partial(found.gaps.map(\.description))
        if let next = found.next { answer.headers.replaceOrAdd(name: Self.cursorField, value: next.description) }
        return answer
    }

    private static func query(_ request: QueryRequest) throws(QueryRefusal) -> TraceQuery {
        let tags = request.parameter("tags")
        let durations = ["minDuration", "maxDuration"].first { request.parameter($0) != nil }
        guard let text = request.parameter("q") else {
            let conditions = try TempoTagQuery(request)
            return try parse(conditions.text)
        }
        guard tags == nil else { throw .badRequest("can't specify tags and q in the same query") }
        if let name = durations {
            throw .badRequest("\(name) goes with tags; a query says { traceDuration > 100ms }.")
        }
        return try parse(text)
    }

    static func parse(_ text: String) throws(QueryRefusal) -> TraceQuery {
        do throws(TraceQLError) { return try TraceQuery.checked(text) } catch {
            throw QueryRefusal(
                status: .badRequest, code: "bad_query", message: "invalid TraceQL query: \(error.description)")
        }
    }

    private static func trace(_ found: FoundTrace) -> TempoSearch.FoundTrace {
        TempoSearch.FoundTrace(
            traceID: found.traceID, rootService: found.rootServiceName, rootName: found.rootTraceName,
            startNanoseconds: found.startNanoseconds, durationNanoseconds: found.durationNanoseconds,
            spanSets: found.spanSets.map { set in
                TempoSearch.SpanSet(
                    spans: set.spans.map { found in
                        TempoSearch.FoundSpan(
                            spanID: found.span.spanID, name: found.span.name,
                            startNanoseconds: found.span.startNanoseconds,
                            durationNanoseconds: found.span.durationNanoseconds, attributes: found.selected)
                    }, matched: set.matched, attributes: set.attributes)
            },
            services: found.serviceStats.map { ($0.service, $0.spanCount, $0.errorCount) })
    }
}
