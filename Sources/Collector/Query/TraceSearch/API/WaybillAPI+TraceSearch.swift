import Storage
import TraceQL

extension WaybillAPI {
    /// `/api/v1/search?q=…`: the newest traces that match a TraceQL query, as one answer or, asked for by `stream=true` or
    /// `Accept: application/x-ndjson`, line by line as they are found.
    func traceSearch(_ request: QueryRequest) throws -> HTTPAnswer {
        let search = TraceSearch(store: store)
        guard try wantsStream(request) else {
            let asked = try TraceSearchParameters.request(
                request.http.query, limits: 1...TraceSearchRequest.maximumLimit)
            return .json(
                .ok, TraceSearchJSON.bytes(try search.search(asked, isCancelled: request.http.isAbandoned)))
        }
        var asked = try TraceSearchParameters.request(request.http.query, limits: 1...Self.maximumStreamed)
        try search.check(asked)
        let most = request.parameter("limit") == nil ? Self.maximumStreamed : asked.limit
        asked.limit = TraceSearchRequest.maximumLimit
        return .stream(
            contentType: Self.lines,
            TraceSearchStream(
                search, asked, most: most, pool: searches, metrics: metrics, isAbandoned: request.http.isAbandoned))
    }

    private static let lines = "application/x-ndjson"
    /// Traces of one stream.
    private static let maximumStreamed = 100_000

    private func wantsStream(_ request: QueryRequest) throws(QueryRefusal) -> Bool {
        switch request.parameter("stream") {
        case "true": true
        case "false": false
        case nil: request.http.headers[canonicalForm: "Accept"].contains { $0.hasPrefix(Self.lines) }
        case let text?: throw .badParameter("stream", text, expected: "true or false")
        }
    }
}
