import NIOCore
import Storage

/// Every path of the listener and who answers it.
///
/// An API's paths stand under its prefix (`/jaeger`, `/tempo`, `/zipkin`), where nothing can be mistaken, and at the root
/// too. Where two APIs share a path at the root, a route of its own decides.
struct RouteTable: Sendable {
    private let root: [QueryRoute]
    private let prefixed: [String: (api: QueryAPI, routes: [QueryRoute])]
    private let metrics: CollectorMetrics

    /// - Parameter root: paths at the root only; they go before those of `families`.
    init(
        root: [QueryRoute], families: [(prefix: String, api: QueryAPI, routes: [QueryRoute])], metrics: CollectorMetrics
    ) {
        self.root = root + families.flatMap(\.routes)
        prefixed = Dictionary(
            uniqueKeysWithValues: families.map { ($0.prefix, (api: $0.api, routes: $0.routes)) })
        self.metrics = metrics
    }

    /// What a request asks for.
    enum Destination: Sendable {
        case route(QueryRoute, QueryRequest)
        /// Nothing; the API whose clients ask there words it.
        case nowhere(QueryAPI)

        /// `nil` for what reads no store.
        var kind: QueryKind? {
            if case .route(let route, _) = self { route.kind } else { nil }
        }
    }

    /// Every path at the root.
    var paths: [String] { root.map(\.path.text) }

    func destination(of request: HTTPRequest) -> Destination {
        let path = request.segments[...]
        if let first = path.first, let family = prefixed[first] {
            return Self.destination(of: request, path.dropFirst(), family.routes, else: family.api)
        }
        return Self.destination(of: request, path, root, else: .waybill)
    }

    private static func destination(
        of request: HTTPRequest, _ path: ArraySlice<String>, _ routes: [QueryRoute], else api: QueryAPI
    ) -> Destination {
        var best: (route: QueryRoute, taken: [String: String])?
        for route in routes where route.path.literalCount > best?.route.path.literalCount ?? -1 {
            if let taken = route.path.match(path) { best = (route, taken) }
        }
        guard let best else { return .nowhere(api) }
        return .route(best.route, QueryRequest(http: request, path: best.taken))
    }

    func answer(_ destination: Destination) -> HTTPAnswer {
        switch destination {
        case .nowhere(let api):
            return api.failure(
                .notFound(
                    "no_such_path",
                    "There is nothing here; try /api/v1/journeys/{transaction}, /api/v1/traces/{trace id}, "
                        + "/api/v1/search, /api/v1/services, /metrics, or the APIs under /jaeger, /tempo and /zipkin."))
        case .route(let route, let query):
            let started = NIODeadline.now()
            let answer = answer(query, route)
            // A stream's time is told when it ends.
            if let kind = route.kind, answer.source == nil {
                metrics.observeQuery(kind, nanoseconds: UInt64(max(0, (NIODeadline.now() - started).nanoseconds)))
            }
            return answer
        }
    }

    private func answer(_ query: QueryRequest, _ route: QueryRoute) -> HTTPAnswer {
        do {
            return try route.answer(query)
        } catch let refusal as QueryRefusal {
            return route.api.failure(refusal)
        } catch let error as StoreError {
            return route.api.failure(QueryRefusal(error))
        } catch {
            return route.api.failure(
                QueryRefusal(
                    status: .internalServerError, code: "internal",
                    message: "The answer could not be written: \(error)."))
        }
    }
}

extension QueryRefusal {
    init(_ error: StoreError) {
        self.init(
            status: error.code == .invalidQuery ? .badRequest : .internalServerError, code: error.code.rawValue,
            message: error.message)
    }
}
