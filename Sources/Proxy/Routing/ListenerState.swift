import Mesh
import Transport

/// One listener as one worker uses it: its routes and how many of its connections are open here.
final class ListenerState {
    enum Traffic {
        case http(RouteTable, RequestLimits, HTTPProtocol)
        case stream(StreamTable)
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
    /// On a listener that the kernel hands connections to: who takes which.
    var entry: TransparentEntry?
    /// Of a permissive listener, whose kind is not known yet.
    var undecidedConnections = 0
    /// Of one address at a time; `nil` for any number.
    private(set) var maximumConnectionsPerPeer: Int?
    let peers: PeerConnections

    /// Whether one more connection is taken.
    var hasRoom: Bool { openConnections + undecidedConnections < maximumConnections }

    init(_ listener: DeclaredListener, rule: PeerRule?, peers: PeerConnections, worker: Worker, workers: Int) {
        self.peers = peers
        name = listener.name
        direction = listener.direction
        security = listener.security
        self.rule = rule
        let maximum: Int
        switch listener.traffic {
        case .http(let http):
            let routes = RouteTable(
                http, name: listener.name, direction: listener.direction, worker: worker)
            traffic = .http(routes, http.limits, http.httpProtocol)
            maximum = http.limits.maximumConnections
            permissiveUntil = http.permissiveUntil
            maximumConnectionsPerPeer = http.limits.maximumConnectionsPerPeer
        case .stream(let stream):
            traffic = .stream(StreamTable(stream, direction: listener.direction, worker: worker))
            maximum = stream.limits.maximumConnections
            permissiveUntil = stream.permissiveUntil
        }
        maximumConnections = (maximum + workers - 1) / workers
    }

    /// Those of intercepted connections that no listener is declared for included, and those whose kind is not known.
    var allOpenConnections: Int {
        openConnections + undecidedConnections + (entry?.undeclared.openConnections ?? 0)
    }

    /// What ALPN offers; `nil` for what is not HTTP.
    var httpProtocol: HTTPProtocol? {
        switch traffic {
        case .http(_, _, let version): version
        case .stream: nil
        }
    }

    /// Whether it is this one that a new configuration speaks of, so that connections stay.
    func isSame(as listener: DeclaredListener) -> Bool {
        guard listener.name == name, listener.direction == direction else { return false }
        switch (listener.traffic, traffic) {
        case (.http, .http), (.stream, .stream): return true
        default: return false
        }
    }

    /// Takes over what the configuration says now; open connections stay.
    func adopt(_ listener: DeclaredListener, rule: PeerRule?, worker: Worker, workers: Int) {
        security = listener.security
        self.rule = rule
        let maximum: Int
        switch listener.traffic {
        case .http(let next):
            permissiveUntil = next.permissiveUntil
            if case .http(let routes, _, _) = traffic {
                routes.adopt(next, name: name, direction: direction, worker: worker)
                traffic = .http(routes, next.limits, next.httpProtocol)
            } else {
                let routes = RouteTable(next, name: name, direction: direction, worker: worker)
                traffic = .http(routes, next.limits, next.httpProtocol)
            }
            maximum = next.limits.maximumConnections
            maximumConnectionsPerPeer = next.limits.maximumConnectionsPerPeer
        case .stream(let next):
            permissiveUntil = next.permissiveUntil
            maximumConnectionsPerPeer = nil
            traffic = .stream(StreamTable(next, direction: direction, worker: worker))
            maximum = next.limits.maximumConnections
        }
        maximumConnections = (maximum + workers - 1) / workers
    }
}
