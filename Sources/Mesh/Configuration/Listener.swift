/// Where the proxy takes requests, from whom, and which way they go.
public struct Listener: Sendable, Hashable {
    public enum Security: String, Sendable, Hashable, CaseIterable {
        case mutualTLS = "mutual-tls"
        /// Mutual TLS, and until `permissiveUntil` plain connections too, each of them reported: for the time in which
        /// callers get their proxies.
        case permissive
        /// Loopback only.
        case plain
    }

    public var address: HostPort
    /// The kernel hands connections to this listener that wanted to go elsewhere (`waybill-proxy intercept`). Where
    /// they wanted to go picks how they are handled: its own routes for `originalPorts`, or a declared listener.
    public var transparent = false
    /// Ports of original destinations whose connections are HTTP and follow this listener's routes.
    public var originalPorts: [Int] = []
    public var security: Security
    public var httpProtocol: HTTPProtocol
    /// When plain connections end; set exactly for `permissive`.
    public var permissiveUntil: Instant?
    /// SPIFFE ids that may connect; anyone in the trust domain when empty. Needs mutual TLS.
    public var accept: [String]
    public var limits: RequestLimits
    /// Every request that came in is let through to the routes when nil.
    public var authorization: Authorization?
    /// How paths are rewritten. Where rules speak of paths and this is nil, `merge-slashes`, so that the rules see what the
    /// service gets; else `none`.
    public var pathNormalization: PathNormalization?
    /// Callers whose `x-forwarded-*` fields are believed; from all others they are taken off. Outbound, where the caller
    /// is the service itself, they are believed unless this is set.
    public var trustForwardedFrom: [PrincipalPattern]?
    /// How many proxies before a trusted caller have appended the address they saw to `x-forwarded-for`: the entry so far
    /// from its right end is the client's address. Zero: the client is the caller itself.
    public var xffNumTrustedHops = 0
    /// Inbound `sanitize-set` where nil; outbound what the service says then.
    public var forwardClientCertDetails: ForwardClientCertDetails?
    /// The first that matches is taken; a request that matches none is answered 404.
    public var routes: [Route]

    public init(
        address: HostPort, security: Security, httpProtocol: HTTPProtocol = .auto, accept: [String] = [],
        limits: RequestLimits = RequestLimits(), authorization: Authorization? = nil, routes: [Route] = []
    ) {
        self.address = address
        self.security = security
        self.httpProtocol = httpProtocol
        self.accept = accept
        self.limits = limits
        self.authorization = authorization
        self.routes = routes
    }

    /// What holds for paths.
    public var effectivePathNormalization: PathNormalization {
        pathNormalization ?? (authorization?.speaksOfPaths == true ? .mergeSlashes : .none)
    }

    /// Whether connections are, or can be, mutual TLS.
    public var usesTLS: Bool { security != .plain }

    static let maximumRoutes = 4096
    static let maximumAccepted = 1024
    static let maximumTrustedHops = 16

    init(
        _ reader: inout ObjectReader, defaultHost: String = "127.0.0.1", defaultPort: Int, defaultSecurity: Security
    ) throws(ConfigurationError) {
        address = HostPort(host: defaultHost, port: defaultPort)
        if let value = reader.value("address") {
            address = try HostPort.read(value, path: reader.path(of: "address"), allowPortZero: true)
        }
        security = try reader.choice("security", Security.self) ?? defaultSecurity
        httpProtocol = try reader.choice("protocol", HTTPProtocol.self) ?? .auto
        permissiveUntil = try reader.instant("permissiveUntil")
        guard (permissiveUntil != nil) == (security == .permissive) else {
            throw reader.error(
                "permissiveUntil",
                permissiveUntil == nil ? "missing: \"permissive\" has an end" : "is for \"security\": \"permissive\"")
        }
        accept =
            try reader.list("accept", maximumCount: Self.maximumAccepted) { (value, path) throws(ConfigurationError) in
                try SPIFFEText.read(value, path: path)
            } ?? []
        guard accept.isEmpty || security != .plain else {
            throw reader.error("accept", "needs \"security\": \"mutual-tls\"")
        }
        limits = try reader.object("limits", RequestLimits.init) ?? RequestLimits()
        authorization = try reader.object("authorization") { (rules) throws(ConfigurationError) in
            try Authorization(&rules, of: .requests)
        }
        pathNormalization = try reader.choice("pathNormalization", PathNormalization.self)
        trustForwardedFrom = try reader.list(
            "trustForwardedFrom", maximumCount: Self.maximumAccepted, PrincipalPattern.read)
        xffNumTrustedHops = try reader.integer("xffNumTrustedHops", 0...Self.maximumTrustedHops) ?? 0
        guard xffNumTrustedHops == 0 || trustForwardedFrom?.isEmpty == false else {
            throw reader.error("xffNumTrustedHops", "needs trustForwardedFrom: callers whose hops are trusted")
        }
        forwardClientCertDetails = try reader.choice("forwardClientCertDetails", ForwardClientCertDetails.self)
        routes =
            try reader.list("routes", maximumCount: Self.maximumRoutes) { (value, path) throws(ConfigurationError) in
                try ObjectReader.object(value, path: path, Route.init)
            } ?? []
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("address", address.description)
        if transparent {
            writer.add("transparent", true)
            writer.add("originalPorts", originalPorts.map { .integer(Int64($0)) })
        }
        writer.add("security", security.rawValue)
        writer.add("permissiveUntil", permissiveUntil?.text)
        writer.add("protocol", httpProtocol.rawValue)
        writer.add("accept", accept.map(JSONValue.string))
        writer.add("limits", limits.json)
        writer.add("authorization", authorization?.json)
        writer.add("pathNormalization", pathNormalization?.rawValue)
        writer.add("trustForwardedFrom", trustForwardedFrom.map { .array($0.map { .string($0.text) }) })
        if xffNumTrustedHops > 0 { writer.add("xffNumTrustedHops", xffNumTrustedHops) }
        writer.add("forwardClientCertDetails", forwardClientCertDetails?.rawValue)
        writer.add("routes", routes.map(\.json))
        return writer.value
    }
}
