import Mesh

/// The routes of one stream listener, as one worker uses them.
final class StreamTable {
    let `protocol`: StreamProtocol
    let limits: StreamLimits
    let routes: [StreamRouteState]
    /// What the proxy reads of ISO 8583 messages; `nil` for other protocols.
    let iso8583: ISO8583Layout?
    /// `nil` where every connection is let through.
    let policy: RequestPolicy?
    /// Plain connections are taken although the listener is one for TLS.
    let isPermissive: Bool
    /// Set where no routes are declared but intercepted connections come: decides on each of them.
    var undeclared: UndeclaredTraffic?
    /// The metrics of connections that no route takes.
    var unrouted: StreamSeriesTable

    init(_ listener: StreamListener, direction: Direction, worker: Worker) {
        self.protocol = listener.protocol
        limits = listener.limits
        isPermissive = listener.security == .permissive
        policy = listener.authorization.map {
            RequestPolicy($0, port: listener.address.port, direction: direction, registry: worker.registry)
        }
        if case .iso8583(let settings) = listener.protocol {
            iso8583 = ISO8583Layout(settings)
        } else {
            iso8583 = nil
        }
        routes = listener.routes.map { route in
            StreamRouteState(route, direction: direction, worker: worker)
        }
        unrouted = StreamSeriesTable(registry: worker.registry, direction: direction, route: "", cluster: "")
    }

    func route(serverName: String?) -> StreamRouteState? { routes.first { $0.route.matches(serverName: serverName) } }
}
