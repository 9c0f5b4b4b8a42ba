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
        principal = configuration.identity.map { Principal(text: $0.spiffeID) } ?? .none
        resource = ServiceResource.make(configuration.service)
        (clusterRules, listenerRules) = try Self.rules(configuration)
    }

    /// The same proxy with what has been read anew.
    init(_ old: ProxySetup, configuration: ProxyConfiguration, credentials: Credentials) throws {
        self.configuration = configuration
        self.credentials = credentials
        workers = old.workers
        registry = old.registry
        sink = old.sink
        accessLog = old.accessLog
        log = old.log
        counters = old.counters
        principal = old.principal
        resource = old.resource
        (clusterRules, listenerRules) = try Self.rules(configuration)
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

    func rule(_ listener: DeclaredListener) -> PeerRule? { listenerRules[listener.name] }
}
