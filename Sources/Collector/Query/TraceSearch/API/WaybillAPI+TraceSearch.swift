import Storage
import TraceQL

extension WaybillAPI {
    /// `/api/v1/search?q=…`: the newest traces that match a TraceQL query.
    func traceSearch(_ request: QueryRequest) throws -> HTTPAnswer {
        let search = try TraceSearchParameters.request(request.http.query)
        let answer = try TraceSearch(store: store).search(search, isCancelled: request.http.isAbandoned)
        return .json(.ok, TraceSearchJSON.bytes(answer))
    }
}
