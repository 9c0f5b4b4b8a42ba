import Storage

extension WaybillAPI {
    /// `/api/v1/search`: the newest spans that match.
    func search(_ request: QueryRequest) throws -> HTTPAnswer {
        let query: SpanQuery
        do throws(SearchParameters.Refusal) { query = try SearchParameters.query(request.http.query) } catch {
            throw QueryRefusal.badRequest(error.message)
        }
        return .json(.ok, SearchJSON.bytes(try store.search(query)))
    }
}
