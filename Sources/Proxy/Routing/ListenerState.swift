import Mesh

/// One listener as one worker uses it: its routes and how many of its connections are open here.
final class ListenerState {
    enum Traffic {
        case http(RouteTable, RequestLimits, HTTPProtocol)
    }

    let name: String
    let direction: Direction
    let isSecure: Bool
    let traffic: Traffic
    /// This worker's share of the connections that the listener takes.
    let maximumConnections: Int
    var openConnections = 0

    init(_ listener: DeclaredListener, worker: Worker, workers: Int) {
        name = listener.name
        direction = listener.direction
        isSecure = listener.security == .mutualTLS
        let maximum: Int
        switch listener.traffic {
        case .http(let http):
            let routes = RouteTable(http.routes, direction: listener.direction, worker: worker)
            traffic = .http(routes, http.limits, http.httpProtocol)
            maximum = http.limits.maximumConnections
        case .stream:
            preconditionFailure("the configuration was checked: no listener has a protocol that is not served")
        }
        maximumConnections = (maximum + workers - 1) / workers
    }
}
