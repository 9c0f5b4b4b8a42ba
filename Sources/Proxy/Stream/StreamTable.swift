import Mesh

/// The routes of one stream listener, as one worker uses them.
final class StreamTable {
    let `protocol`: StreamProtocol
    let limits: StreamLimits
    let routes: [StreamRouteState]
    /// What the proxy reads of ISO 8583 messages; `nil` for other protocols.
    let iso8583: ISO8583Layout?
    /// The metrics of connections that no route takes.
    var unrouted: StreamSeriesTable

    init(_ listener: StreamListener, direction: Direction, worker: Worker) {
        self.protocol = listener.protocol
        limits = listener.limits
        if case .iso8583(let settings) = listener.protocol {
            iso8583 = ISO8583Layout(settings)
        } else {
            iso8583 = nil
        }
        routes = listener.routes.map { route in
            guard let pool = worker.pools.first(where: { $0.cluster.name == route.cluster }) else {
                preconditionFailure("the configuration was checked: every route's cluster exists")
            }
            return StreamRouteState(route, pool: pool, direction: direction, worker: worker)
        }
        unrouted = StreamSeriesTable(registry: worker.registry, direction: direction, route: "", cluster: "")
    }

    func route(serverName: String?) -> StreamRouteState? { routes.first { $0.route.matches(serverName: serverName) } }
}
