/// Where the proxy takes connections whose bytes are no HTTP, or none of its business.
public struct StreamListener: Sendable, Hashable {
    public var address: HostPort
    /// TLS that this proxy ends. `tls-passthrough` is always plain here: its TLS is between client and server.
    public var security: Listener.Security
    /// SPIFFE ids that may connect; anyone in the trust domain when empty. Needs mutual TLS.
    public var accept: [String]
    public var `protocol`: StreamProtocol
    public var limits: StreamLimits
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
        guard security != .permissive else {
            throw reader.error("security", "\"permissive\" is for HTTP: a stream's first bytes do not tell it from TLS")
        }
        guard kind != .tlsPassthrough || security == .plain else {
            throw reader.error(
                "security", "a \"tls-passthrough\" listener ends no TLS itself: only \"plain\" is possible")
        }
        accept =
            try reader.list("accept", maximumCount: Listener.maximumAccepted) {
                (value, path) throws(ConfigurationError) in
                try SPIFFEText.read(value, path: path)
            } ?? []
        guard security != .permissive else {
            throw reader.error("security", "\"permissive\" is for HTTP: a plain stream may begin with any byte")
        }
        guard accept.isEmpty || security == .mutualTLS else {
            throw reader.error("accept", "needs \"security\": \"mutual-tls\"")
        }
        limits = try reader.object("limits", StreamLimits.init) ?? StreamLimits()
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
        writer.add("accept", accept.map(JSONValue.string))
        writer.add("limits", limits.json)
        if case .iso8583(let settings) = self.protocol { writer.add("iso8583", settings.json) }
        writer.add("routes", routes.map(\.json))
        return writer.value
    }
}
