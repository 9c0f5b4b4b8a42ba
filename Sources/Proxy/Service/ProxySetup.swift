import Exposition
import Logging
import Mesh
import Telemetry
import Transport

/// What all workers share at one time: what never changes while the proxy runs, and the configuration and credentials
/// of the moment. Never changed itself: a reload makes a new one.
final class ProxySetup: Sendable {
    let configuration: ProxyConfiguration
    let workers: Int
    let principal: Principal
    let resource: Resource
    let registry: MetricRegistry
    let counters: ProxyCounters
    let sink: (any SpanSink)?
    let accessLog: AccessLogWriter?
    let credentials: Credentials
    /// By cluster; `nil` for plain ones.
    let clusterRules: [PeerRule?]
    /// Who may connect, by the listener's name; none for plain ones.
    private let listenerRules: [String: PeerRule]
    /// The number of the socket that each of the configuration's listeners takes its connections from.
    let listenerKeys: [Int]
    /// By listener and route, for all workers together.
    let limiters: [String: [String: [RateLimiter]]]
    /// By listener, for all workers together; a reload changes none.
    private let peers: [String: PeerConnections]
    let health: [HealthBoard]
    let ownConnections: OwnConnections
    let log: Logger

    init(
        configuration: ProxyConfiguration, workers: Int, registry: MetricRegistry, sink: (any SpanSink)?,
        accessLog: AccessLogWriter?, credentials: Credentials, log: Logger
    ) throws {
        self.configuration = configuration
        self.workers = workers
        self.registry = registry
        self.sink = sink
        self.accessLog = accessLog
        self.log = log
        self.credentials = credentials
        counters = ProxyCounters(registry: registry)
        ownConnections = OwnConnections()
        principal = configuration.identity.map { Principal(text: $0.spiffeID) } ?? .none
        listenerKeys = Array(configuration.allListeners.indices)
        health = configuration.clusters.map { HealthBoard(endpoints: $0.endpoints.count) }
        limiters = Self.limiters(configuration, keeping: [:])
        peers = Self.peers(configuration, keeping: [:])
        resource = ServiceResource.make(configuration.service)
        (clusterRules, listenerRules) = try Self.rules(configuration)
    }

    /// The same proxy with what has been read anew.
    init(
        _ old: ProxySetup, configuration: ProxyConfiguration, credentials: Credentials, listenerKeys: [Int]
    ) throws {
        self.configuration = configuration
        self.listenerKeys = listenerKeys
        self.credentials = credentials
        workers = old.workers
        registry = old.registry
        sink = old.sink
        accessLog = old.accessLog
        log = old.log
        counters = old.counters
        ownConnections = old.ownConnections
        principal = old.principal
        resource = old.resource
        health = configuration.clusters.map { cluster in
            if let index = old.configuration.clusters.firstIndex(of: cluster) { return old.health[index] }
            return HealthBoard(endpoints: cluster.endpoints.count)
        }
        limiters = Self.limiters(configuration, keeping: old.limiters)
        peers = Self.peers(configuration, keeping: old.peers)
        (clusterRules, listenerRules) = try Self.rules(configuration)
    }

    /// Listeners that stay go on counting.
    private static func peers(
        _ configuration: ProxyConfiguration, keeping old: [String: PeerConnections]
    ) -> [String: PeerConnections] {
        var peers: [String: PeerConnections] = [:]
        for place in configuration.allListeners {
            peers[place.listener.name] = old[place.listener.name] ?? PeerConnections()
        }
        return peers
    }

    /// Limits that are as they were keep their buckets.
    private static func limiters(
        _ configuration: ProxyConfiguration, keeping old: [String: [String: [RateLimiter]]]
    ) -> [String: [String: [RateLimiter]]] {
        var limiters: [String: [String: [RateLimiter]]] = [:]
        for listener in configuration.allListeners {
            guard case .http(let http) = listener.listener.traffic else { continue }
            let name = listener.listener.name
            for route in http.routes where !route.rateLimits.isEmpty {
                let kept = old[name]?[route.name]
                limiters[name, default: [:]][route.name] =
                    kept?.map(\.limit) == route.rateLimits ? kept : route.rateLimits.map(RateLimiter.init)
            }
        }
        return limiters
    }

    private static func rules(
        _ configuration: ProxyConfiguration
    ) throws -> (clusters: [PeerRule?], listeners: [String: PeerRule]) {
        let identity = configuration.identity
        var listeners: [String: PeerRule] = [:]
        for place in configuration.allListeners where place.listener.usesTLS {
            guard let identity else { continue }
            listeners[place.listener.name] = try Credentials.rule(for: place.listener, identity: identity)
        }
        let clusters = try configuration.clusters.map { cluster in
            try cluster.tls.map { try Credentials.rule(for: $0, identity: identity) }
        }
        return (clusters, listeners)
    }

    func peers(of listener: DeclaredListener) -> PeerConnections {
        guard let peers = peers[listener.name] else {
            preconditionFailure("each listener of a configuration has its peers")
        }
        return peers
    }

    func rule(_ listener: DeclaredListener) -> PeerRule? { listenerRules[listener.name] }
}
