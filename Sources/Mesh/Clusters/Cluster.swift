/// A named set of endpoints that serve the same thing.
public struct Cluster: Sendable, Hashable {
    public var name: String
    public var endpoints: [Endpoint]
    /// Plain HTTP when nil.
    public var tls: PeerExpectation?
    /// What connections to the endpoints are bound to. A proxy that is transparent inbound and reaches its service by
    /// an address off loopback binds to 127.0.0.6, so that the kernel does not hand the connection back to it.
    public var sourceAddress: IPAddress?
    public var httpProtocol = HTTPProtocol.auto
    /// On each HTTP/2 connection; the endpoint may take fewer.
    public var maximumConcurrentStreams = 100
    /// To each endpoint; requests beyond wait.
    public var maximumConnections: Int
    /// Waiting for a connection; requests beyond are answered 503.
    public var maximumPendingRequests: Int
    /// Under way or waiting; requests beyond are answered 503.
    public var maximumRequests: Int
    /// Repetitions under way, those in their back-off included, whatever the budget says.
    public var maximumRetries: Int
    public var retryBudget: RetryBudget
    public var connectTimeoutMilliseconds: Int
    /// Unused connections are closed after it.
    public var idleTimeoutMilliseconds: Int
    public var loadBalancing = LoadBalancing()
    public var healthCheck: HealthCheck?
    public var outlierDetection: OutlierDetection?
    public var failureRateBreaker: FailureRateBreaker?
    public var loadShedding: LoadShedding?

    public init(
        name: String, endpoints: [Endpoint], tls: PeerExpectation? = nil, maximumConnections: Int = 128,
        maximumPendingRequests: Int = 1_024, maximumRequests: Int = 10_000, maximumRetries: Int = 1_024,
        retryBudget: RetryBudget = RetryBudget(), connectTimeoutMilliseconds: Int = 1_000,
        idleTimeoutMilliseconds: Int = 30_000
    ) {
        self.name = name
        self.endpoints = endpoints
        self.tls = tls
        self.maximumConnections = maximumConnections
        self.maximumPendingRequests = maximumPendingRequests
        self.maximumRequests = maximumRequests
        self.maximumRetries = maximumRetries
        self.retryBudget = retryBudget
        self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
        self.idleTimeoutMilliseconds = idleTimeoutMilliseconds
    }

    /// Endpoints of equal weight that nothing more is said of.
    public init(
        name: String, endpoints: [HostPort], tls: PeerExpectation? = nil, connectTimeoutMilliseconds: Int = 1_000
    ) {
        self.init(
            name: name, endpoints: endpoints.map { Endpoint($0) }, tls: tls,
            connectTimeoutMilliseconds: connectTimeoutMilliseconds)
    }

    static let maximumEndpoints = 256

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init(name: try reader.requiredText("name", maximumBytes: 256), endpoints: [] as [Endpoint])
        endpoints = try reader.list("endpoints", maximumCount: Self.maximumEndpoints, Endpoint.read) ?? []
        guard !endpoints.isEmpty else { throw reader.error("endpoints", "needs at least one host:port") }
        tls = try reader.object("tls", PeerExpectation.init)
        if let text = try reader.text("sourceAddress", maximumBytes: 64) {
            guard let address = IPAddress(text) else {
                throw reader.error("sourceAddress", "\"\(text)\" is not an IP address")
            }
            for endpoint in endpoints {
                guard let other = IPAddress(endpoint.address.host), other.family != address.family else { continue }
                throw reader.error("sourceAddress", "\(text) cannot reach \(endpoint.address): it is not of its family")
            }
            sourceAddress = address
        }
        httpProtocol = try reader.choice("protocol", HTTPProtocol.self) ?? httpProtocol
        maximumConcurrentStreams =
            try reader.integer("maximumConcurrentStreams", 1...10_000) ?? maximumConcurrentStreams
        maximumConnections = try reader.integer("maximumConnections", 1...65_536) ?? maximumConnections
        maximumPendingRequests = try reader.integer("maximumPendingRequests", 0...1_000_000) ?? maximumPendingRequests
        maximumRequests = try reader.integer("maximumRequests", 1...1_000_000) ?? maximumRequests
        maximumRetries = try reader.integer("maximumRetries", 0...65_536) ?? maximumRetries
        retryBudget = try reader.object("retryBudget", RetryBudget.init) ?? retryBudget
        connectTimeoutMilliseconds =
            try reader.integer("connectTimeoutMilliseconds", 1...120_000) ?? connectTimeoutMilliseconds
        idleTimeoutMilliseconds =
            try reader.integer("idleTimeoutMilliseconds", 1...86_400_000) ?? idleTimeoutMilliseconds
        loadBalancing = try reader.object("loadBalancing", LoadBalancing.init) ?? loadBalancing
        healthCheck = try reader.object("healthCheck", HealthCheck.init)
        if healthCheck?.kind == .grpc, httpProtocol == .http1 {
            throw reader.error("healthCheck.kind", "\"grpc\" needs HTTP/2, and the cluster's protocol is http1")
        }
        outlierDetection = try reader.object("outlierDetection", OutlierDetection.init)
        failureRateBreaker = try reader.object("failureRateBreaker", FailureRateBreaker.init)
        loadShedding = try reader.object("loadShedding", LoadShedding.init)
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("name", name)
        writer.add("endpoints", endpoints.map(\.json))
        writer.add("tls", tls?.json)
        writer.add("sourceAddress", sourceAddress?.description)
        writer.add("protocol", httpProtocol.rawValue)
        writer.add("maximumConcurrentStreams", maximumConcurrentStreams)
        writer.add("maximumConnections", maximumConnections)
        writer.add("maximumPendingRequests", maximumPendingRequests)
        writer.add("maximumRequests", maximumRequests)
        writer.add("maximumRetries", maximumRetries)
        writer.add("retryBudget", retryBudget.json)
        writer.add("connectTimeoutMilliseconds", connectTimeoutMilliseconds)
        writer.add("idleTimeoutMilliseconds", idleTimeoutMilliseconds)
        writer.add("loadBalancing", loadBalancing.json)
        writer.add("healthCheck", healthCheck?.json)
        writer.add("outlierDetection", outlierDetection?.json)
        writer.add("failureRateBreaker", failureRateBreaker?.json)
        writer.add("loadShedding", loadShedding?.json)
        return writer.value
    }
}
