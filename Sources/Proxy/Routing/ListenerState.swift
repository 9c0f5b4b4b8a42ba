import Mesh
import Transport

/// One listener as one worker uses it: its routes and how many of its connections are open here.
final class ListenerState {
    enum Traffic {
        case http(RouteTable, RequestLimits, HTTPProtocol)
    }

    let name: String
    let direction: Direction
    private(set) var security: Listener.Security
    /// When plain connections end, on a permissive listener.
    private(set) var permissiveUntil: Instant?
    private(set) var traffic: Traffic
    /// Who may connect; `nil` on plain listeners.
    private(set) var rule: PeerRule?
    /// This worker's share of the connections that the listener takes.
    private(set) var maximumConnections: Int
    var openConnections = 0

    init(_ listener: DeclaredListener, rule: PeerRule?, worker: Worker, workers: Int) {
        name = listener.name
        direction = listener.direction
        security = listener.security
        self.rule = rule
        let maximum: Int
        switch listener.traffic {
        case .http(let http):
            let routes = RouteTable(http, direction: listener.direction, worker: worker)
            traffic = .http(routes, http.limits, http.httpProtocol)
            maximum = http.limits.maximumConnections
            permissiveUntil = http.permissiveUntil
        case .stream:
            preconditionFailure("the configuration was checked: no listener has a protocol that is not served")
        }
        maximumConnections = (maximum + workers - 1) / workers
    }

    /// What ALPN offers; `nil` for what is not HTTP.
    var httpProtocol: HTTPProtocol? {
        switch traffic {
        case .http(_, _, let version): version
        }
    }

    /// Takes over what the configuration says now; open connections stay.
    func adopt(_ listener: DeclaredListener, rule: PeerRule?, worker: Worker, workers: Int) {
        guard case .http(let next) = listener.traffic, case .http(let routes, _, _) = traffic else { return }
        security = listener.security
        permissiveUntil = next.permissiveUntil
        self.rule = rule
        routes.adopt(next, direction: direction, worker: worker)
        traffic = .http(routes, next.limits, next.httpProtocol)
        maximumConnections = (next.limits.maximumConnections + workers - 1) / workers
    }
}
