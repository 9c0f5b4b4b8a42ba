extension ProxyConfiguration {
    static let maximumClusters = 1024

    /// Reads and checks a JSON document. `spoolDirectory` takes the place of the one it names, before the check.
    public init(json bytes: [UInt8], spoolDirectory: String? = nil) throws(ConfigurationError) {
        let document: JSONValue
        do {
            document = try JSONParser.parse(bytes)
        } catch {
            throw ConfigurationError(path: "", message: "not JSON: \(error)")
        }
        try self.init(document, spoolDirectory: spoolDirectory)
    }

    /// Checks a parsed document.
    public init(_ document: JSONValue, spoolDirectory: String? = nil) throws(ConfigurationError) {
        self = try ObjectReader.object(document, path: "") { (reader) throws(ConfigurationError) in
            var configuration = ProxyConfiguration(
                service: try ServiceDescription(try reader.required("service"), path: "service"))
            configuration.identity = try reader.object("identity", MeshIdentity.init)
            configuration.inbound = try reader.object("inbound") { (listener) throws(ConfigurationError) in
                try Listener(entry: &listener, .inbound, defaultPort: 15006)
            }
            configuration.outbound = try reader.object("outbound") { (listener) throws(ConfigurationError) in
                try Listener(entry: &listener, .outbound, defaultPort: 15001)
            }
            configuration.listeners =
                try reader.list("listeners", maximumCount: Self.maximumListeners) {
                    (value, path) throws(ConfigurationError) in
                    try ObjectReader.object(value, path: path, DeclaredListener.init)
                } ?? []
            configuration.interception = try reader.object("interception", Interception.init)
            if let admin = reader.value("admin") {
                configuration.admin = try HostPort.read(admin, path: "admin", allowPortZero: true)
            }
            configuration.clusters =
                try reader.list("clusters", maximumCount: Self.maximumClusters) {
                    (value, path) throws(ConfigurationError) in
                    try ObjectReader.object(value, path: path, Cluster.init)
                } ?? []
            configuration.telemetry = try reader.object("telemetry", TelemetryDestination.init)
            configuration.accessLog = try reader.object("accessLog", AccessLogDestination.init)
            configuration.privacy = try reader.object("privacy", PrivacyRules.init) ?? PrivacyRules()
            return configuration
        }
        if let spoolDirectory {
            guard telemetry != nil else {
                throw ConfigurationError(path: "telemetry", message: "is missing: a spool needs collectors to send to")
            }
            telemetry?.spoolDirectory = spoolDirectory
        }
        try checkReferences()
    }

    /// The document that reads back as this value.
    public var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("service", service.json)
        writer.add("identity", identity?.json)
        writer.add("inbound", inbound?.json)
        writer.add("outbound", outbound?.json)
        writer.add("listeners", listeners.map(\.json))
        writer.add("interception", interception?.json)
        writer.add("admin", .string(admin.description))
        writer.add("clusters", clusters.map(\.json))
        writer.add("telemetry", telemetry?.json)
        writer.add("accessLog", accessLog?.json)
        writer.add("privacy", privacy.json)
        return writer.value
    }
}
