/// One path and who answers it.
struct QueryRoute: Sendable {
    typealias Handler = @Sendable (QueryRequest) throws -> HTTPAnswer

    let path: RoutePath
    let api: QueryAPI
    /// `nil` for what is no query: health checks and metrics.
    let kind: QueryKind?
    let answer: Handler

    init(_ path: String, _ api: QueryAPI, _ kind: QueryKind?, _ answer: @escaping Handler) {
        self.path = RoutePath(path)
        self.api = api
        self.kind = kind
        self.answer = answer
    }
}
