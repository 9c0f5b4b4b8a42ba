import Mesh

/// The routes of one listener, as one worker uses them.
final class RouteTable {
    let routes: [RouteState]
    /// The metrics of requests that no route takes.
    var unrouted: RouteSeriesTable

    init(_ routes: [Route], direction: Direction, worker: Worker) {
        self.routes = routes.map { route in
            guard let pool = worker.pools.first(where: { $0.cluster.name == route.cluster }) else {
                preconditionFailure("the configuration was checked: every route's cluster exists")
            }
            return RouteState(route, pool: pool, direction: direction, worker: worker)
        }
        unrouted = RouteSeriesTable(registry: worker.registry, direction: direction, route: "", cluster: "")
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
