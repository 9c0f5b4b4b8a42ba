/// Everything a proxy is told: who it is, where it listens, where requests go, and where its telemetry goes.
///
/// It is read from a JSON file and is what a control plane streams. Reading refuses unknown keys, values out of range
/// and names that lead nowhere, each with the JSON path of the place.
public struct ProxyConfiguration: Sendable, Hashable {
    public var service: ServiceDescription
    /// Needed as soon as any listener, cluster or collector uses mutual TLS.
    public var identity: MeshIdentity?
    /// Requests from other proxies to the service behind this one.
    public var inbound: Listener?
    /// Requests of the service behind this one to others.
    public var outbound: Listener?
    /// More ports, each with a protocol of its own.
    public var listeners: [DeclaredListener]
    /// What the kernel hands to the transparent listeners, and what becomes of connections that none is declared for.
    public var interception: Interception?
    public var admin: HostPort
    public var clusters: [Cluster]
    /// Nothing is recorded without it.
    public var telemetry: TelemetryDestination?
    /// No access log is written without it.
    public var accessLog: AccessLogDestination?
    public var privacy = PrivacyRules()

    public init(
        service: ServiceDescription, identity: MeshIdentity? = nil, inbound: Listener? = nil,
        outbound: Listener? = nil, listeners: [DeclaredListener] = [],
        admin: HostPort = HostPort(host: "127.0.0.1", port: 15000),
        clusters: [Cluster] = [], telemetry: TelemetryDestination? = nil
    ) {
        self.service = service
        self.identity = identity
        self.inbound = inbound
        self.outbound = outbound
        self.listeners = listeners
        self.admin = admin
        self.clusters = clusters
        self.telemetry = telemetry
    }

    /// The cluster of that name.
    public func cluster(named name: String) -> Cluster? { clusters.first { $0.name == name } }
}
