import Storage

extension QueryService {
    /// `/api/v1/search`: the newest spans that match.
    func search(_ request: HTTPRequest) throws -> HTTPAnswer {
        let query: SpanQuery
        do throws(SearchParameters.Refusal) { query = try SearchParameters.query(request.query) } catch {
            return .error(.badRequest, code: "bad_parameter", error.message)
        }
        do throws(StoreError) {
            return .json(.ok, SearchJSON.bytes(try store.search(query)))
        } catch {
            guard error.code == .invalidQuery else { throw error }
            return .error(.badRequest, code: error.code.rawValue, error.message)
        }
    }
}
