import Mesh

/// The routes and access rules of one listener, as one worker uses them.
final class RouteTable {
    private(set) var routes: [RouteState] = []
    /// `nil` where every request is let through.
    private(set) var policy: RequestPolicy?
    private(set) var forwarded: ForwardedFields
    private(set) var pathNormalization: PathNormalization
    /// Plain connections are taken although the listener is one for TLS.
    private(set) var isPermissive = false
    /// The metrics of requests that no route takes.
    var unrouted: RouteSeriesTable

    init(_ listener: Listener, name: String, direction: Direction, worker: Worker) {
        unrouted = RouteSeriesTable(registry: worker.registry, direction: direction, route: "", cluster: "")
        forwarded = ForwardedFields(listener, direction: direction, own: worker.principal)
        pathNormalization = listener.effectivePathNormalization
        adopt(listener, name: name, direction: direction, worker: worker)
    }

    /// Takes over what the configuration says now; requests under way keep the route that they have.
    func adopt(_ listener: Listener, name: String, direction: Direction, worker: Worker) {
        forwarded = ForwardedFields(listener, direction: direction, own: worker.principal)
        pathNormalization = listener.effectivePathNormalization
        isPermissive = listener.security == .permissive
        policy = listener.authorization.map {
            RequestPolicy(
                $0, port: listener.address.port, direction: direction, normalization: pathNormalization,
                registry: worker.registry)
        }
        routes = listener.routes.map {
            RouteState($0, listener: name, direction: direction, worker: worker)
        }
    }

    /// The first route that takes the request.
    func route(for head: RequestHead) -> RouteState? {
        if routes.count == 1, routes[0].route.match == RouteMatch() { return routes[0] }
        let method = head.methodText
        let host = head.authority
        let target = head.target
        return routes.first { state in
            state.route.match.matches(method: method, host: host, target: target) { head.fields.value(named: $0) }
        }
    }
}
