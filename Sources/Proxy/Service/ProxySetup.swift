import Exposition
import Logging
import Mesh
import Telemetry
import Transport

/// What all workers share and nobody changes: made once, before the first listener opens.
final class ProxySetup: Sendable {
    let configuration: ProxyConfiguration
    let workers: Int
    let principal: Principal
    let resource: Resource
    let registry: MetricRegistry
    let counters: ProxyCounters
    let sink: (any SpanSink)?
    let credentials: Credentials
    /// By cluster; `nil` for plain ones.
    let clusterRules: [PeerRule?]
    let log: Logger

    init(
        configuration: ProxyConfiguration, workers: Int, registry: MetricRegistry, sink: (any SpanSink)?,
        credentials: Credentials, log: Logger
    ) throws {
        self.configuration = configuration
        self.workers = workers
        self.registry = registry
        self.sink = sink
        self.log = log
        self.credentials = credentials
        counters = ProxyCounters(registry: registry)
        principal = configuration.identity.map { Principal(text: $0.spiffeID) } ?? .none
        resource = ServiceResource.make(configuration.service)
        clusterRules = try configuration.clusters.map { cluster in
            try cluster.tls.map { try Credentials.rule(for: $0, identity: configuration.identity) }
        }
    }
}
