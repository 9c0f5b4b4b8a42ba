/// A named set of endpoints that serve the same thing.
public struct Cluster: Sendable, Hashable {
    public var name: String
    public var endpoints: [HostPort]
    /// Plain HTTP when nil.
    public var tls: PeerExpectation?
    /// To each endpoint; requests beyond wait.
    public var maximumConnections: Int
    /// Waiting for a connection; requests beyond are answered 503.
    public var maximumPendingRequests: Int
    public var connectTimeoutMilliseconds: Int
    /// Unused connections are closed after it.
    public var idleTimeoutMilliseconds: Int

    public init(
        name: String, endpoints: [HostPort], tls: PeerExpectation? = nil, maximumConnections: Int = 128,
        maximumPendingRequests: Int = 1_024, connectTimeoutMilliseconds: Int = 1_000,
        idleTimeoutMilliseconds: Int = 30_000
    ) {
        self.name = name
        self.endpoints = endpoints
        self.tls = tls
        self.maximumConnections = maximumConnections
        self.maximumPendingRequests = maximumPendingRequests
        self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
        self.idleTimeoutMilliseconds = idleTimeoutMilliseconds
    }

    static let maximumEndpoints = 256

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init(name: try reader.requiredText("name", maximumBytes: 256), endpoints: [])
        endpoints =
            try reader.list("endpoints", maximumCount: Self.maximumEndpoints) {
                (value, path) throws(ConfigurationError) in
                try HostPort.read(value, path: path, allowPortZero: false)
            } ?? []
        guard !endpoints.isEmpty else { throw reader.error("endpoints", "needs at least one host:port") }
        tls = try reader.object("tls", PeerExpectation.init)
        maximumConnections = try reader.integer("maximumConnections", 1...65_536) ?? maximumConnections
        maximumPendingRequests = try reader.integer("maximumPendingRequests", 0...1_000_000) ?? maximumPendingRequests
        connectTimeoutMilliseconds =
            try reader.integer("connectTimeoutMilliseconds", 1...120_000) ?? connectTimeoutMilliseconds
        idleTimeoutMilliseconds =
            try reader.integer("idleTimeoutMilliseconds", 1...86_400_000) ?? idleTimeoutMilliseconds
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("name", name)
        writer.add("endpoints", endpoints.map { .string($0.description) })
        writer.add("tls", tls?.json)
        writer.add("maximumConnections", maximumConnections)
        writer.add("maximumPendingRequests", maximumPendingRequests)
        writer.add("connectTimeoutMilliseconds", connectTimeoutMilliseconds)
        writer.add("idleTimeoutMilliseconds", idleTimeoutMilliseconds)
        return writer.value
    }
}
