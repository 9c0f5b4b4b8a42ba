import Storage

extension WaybillAPI {
    /// `/api/v1/search`: the newest spans that match; with a query, the newest traces.
    func search(_ request: QueryRequest) throws -> HTTPAnswer {
        if request.http.query.contains(where: { $0.name == "q" }) { return try traceSearch(request) }
        guard request.parameter("stream") == nil else {
            throw QueryRefusal.badRequest("stream: searches with q are streamed; this one has none.")
        }
        let query: SpanQuery
        do throws(SearchParameters.Refusal) { query = try SearchParameters.query(request.http.query) } catch {
            throw QueryRefusal.badRequest(error.message)
        }
        return .json(.ok, SearchJSON.bytes(try store.search(query, isCancelled: request.http.isAbandoned)))
    }
}
