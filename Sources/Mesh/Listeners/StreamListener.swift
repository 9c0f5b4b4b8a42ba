/// Where the proxy takes connections whose bytes are no HTTP, or none of its business.
public struct StreamListener: Sendable, Hashable {
    public var address: HostPort
    /// TLS that this proxy ends. `tls-passthrough` is always plain here: its TLS is between client and server.
    public var security: Listener.Security
    /// SPIFFE ids that may connect; anyone in the trust domain when empty. Needs mutual TLS.
    public var accept: [String]
    public var `protocol`: StreamProtocol
    public var limits: StreamLimits
    /// When plain connections end; set exactly for `permissive`. A client that says nothing for
    /// `limits.helloTimeoutMilliseconds` is taken for a plain one whose server speaks first.
    public var permissiveUntil: Instant?
    /// Every connection is let through to the routes when nil. Asked again of open connections when it changes.
    public var authorization: Authorization?
    /// The first that matches is taken; a connection that matches none is closed.
    public var routes: [StreamRoute]

    public init(
        address: HostPort, security: Listener.Security, accept: [String] = [], protocol: StreamProtocol,
        limits: StreamLimits = StreamLimits(), routes: [StreamRoute]
    ) {
        self.address = address
        self.security = security
        self.accept = accept
        self.protocol = `protocol`
        self.limits = limits
        self.routes = routes
    }

    init(
        _ reader: inout ObjectReader, _ kind: StreamProtocol.Name, defaultSecurity: Listener.Security
    ) throws(ConfigurationError) {
        address = try HostPort.read(
            try reader.required("address"), path: reader.path(of: "address"), allowPortZero: true)
        security =
            try reader.choice("security", Listener.Security.self)
            ?? (kind == .tlsPassthrough ? .plain : defaultSecurity)
        guard kind != .tlsPassthrough || security == .plain else {
            throw reader.error(
                "security", "a \"tls-passthrough\" listener ends no TLS itself: only \"plain\" is possible")
        }
        permissiveUntil = try reader.instant("permissiveUntil")
        guard (permissiveUntil != nil) == (security == .permissive) else {
            throw reader.error(
                "permissiveUntil",
                permissiveUntil == nil ? "missing: \"permissive\" has an end" : "is for \"security\": \"permissive\"")
        }
        accept =
            try reader.list("accept", maximumCount: Listener.maximumAccepted) {
                (value, path) throws(ConfigurationError) in
                try SPIFFEText.read(value, path: path)
            } ?? []
        guard accept.isEmpty || security != .plain else {
            throw reader.error("accept", "needs \"security\": \"mutual-tls\"")
        }
        limits = try reader.object("limits", StreamLimits.init) ?? StreamLimits()
        authorization = try reader.object("authorization") { (rules) throws(ConfigurationError) in
            try Authorization(&rules, of: .connections(readsServerName: kind == .tlsPassthrough))
        }
        switch kind {
        case .tcp: self.protocol = .tcp
        case .tlsPassthrough: self.protocol = .tlsPassthrough
        case .iso8583:
            guard let settings = try reader.object("iso8583", ISO8583Settings.init) else {
                throw reader.error("iso8583", "missing: the layout of messages is declared, not guessed")
            }
            self.protocol = .iso8583(settings)
        }
        routes =
            try reader.list("routes", maximumCount: Listener.maximumRoutes) {
                (value, path) throws(ConfigurationError) in
                try ObjectReader.object(value, path: path) { (route) throws(ConfigurationError) in
                    try StreamRoute(&route, readsServerName: kind == .tlsPassthrough)
                }
            } ?? []
        guard !routes.isEmpty else { throw reader.error("routes", "needs at least one route") }
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("address", address.description)
        writer.add("protocol", self.protocol.text)
        writer.add("security", security.rawValue)
        writer.add("permissiveUntil", permissiveUntil?.text)
        writer.add("accept", accept.map(JSONValue.string))
        writer.add("limits", limits.json)
        writer.add("authorization", authorization?.json)
        if case .iso8583(let settings) = self.protocol { writer.add("iso8583", settings.json) }
        writer.add("routes", routes.map(\.json))
        return writer.value
    }
}
