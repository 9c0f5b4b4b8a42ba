/// Where the proxy takes requests, from whom, and which way they go.
public struct Listener: Sendable, Hashable {
    public enum Security: String, Sendable, Hashable, CaseIterable {
        case mutualTLS = "mutual-tls"
        /// Loopback only.
        case plain
    }

    public var address: HostPort
    public var security: Security
    public var httpProtocol: HTTPProtocol
    /// SPIFFE ids that may connect; anyone in the trust domain when empty. Needs mutual TLS.
    public var accept: [String]
    public var limits: RequestLimits
    /// The first that matches is taken; a request that matches none is answered 404.
    public var routes: [Route]

    public init(
        address: HostPort, security: Security, httpProtocol: HTTPProtocol = .auto, accept: [String] = [],
        limits: RequestLimits = RequestLimits(), routes: [Route] = []
    ) {
        self.address = address
        self.security = security
        self.httpProtocol = httpProtocol
        self.accept = accept
        self.limits = limits
        self.routes = routes
    }

    static let maximumRoutes = 4096
    static let maximumAccepted = 1024

    init(_ reader: inout ObjectReader, defaultPort: Int, defaultSecurity: Security) throws(ConfigurationError) {
        address = HostPort(host: "127.0.0.1", port: defaultPort)
        if let value = reader.value("address") {
            address = try HostPort.read(value, path: reader.path(of: "address"), allowPortZero: true)
        }
        security = try reader.choice("security", Security.self) ?? defaultSecurity
        httpProtocol = try reader.choice("protocol", HTTPProtocol.self) ?? .auto
        accept =
            try reader.list("accept", maximumCount: Self.maximumAccepted) { (value, path) throws(ConfigurationError) in
                try SPIFFEText.read(value, path: path)
            } ?? []
        guard accept.isEmpty || security == .mutualTLS else {
            throw reader.error("accept", "needs \"security\": \"mutual-tls\"")
        }
        limits = try reader.object("limits", RequestLimits.init) ?? RequestLimits()
        routes =
            try reader.list("routes", maximumCount: Self.maximumRoutes) { (value, path) throws(ConfigurationError) in
                try ObjectReader.object(value, path: path, Route.init)
            } ?? []
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("address", address.description)
        writer.add("security", security.rawValue)
        writer.add("protocol", httpProtocol.rawValue)
        writer.add("accept", accept.map(JSONValue.string))
        writer.add("limits", limits.json)
        writer.add("routes", routes.map(\.json))
        return writer.value
    }
}
