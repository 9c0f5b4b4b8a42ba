/// One way a connection can go.
public struct StreamRoute: Sendable, Hashable {
    /// The label of this route in spans and metrics.
    public var name: String
    public var cluster: String
    /// Names of the TLS ClientHello in lower case; a leading `*.` stands for one or more labels. All connections, those
    /// without a name included, when empty.
    public var serverNames: [String]
    /// Payments are held on to harder: their records spool to disk while no collector answers.
    public var payment: Bool
    /// With `refuse`, connections are closed rather than passed on unrecorded.
    public var whenSpoolFull: Route.SpoolFullChoice

    public init(
        name: String, cluster: String, serverNames: [String] = [], payment: Bool = false,
        whenSpoolFull: Route.SpoolFullChoice = .recordLoss
    ) {
        self.name = name
        self.cluster = cluster
        self.serverNames = serverNames
        self.payment = payment
        self.whenSpoolFull = whenSpoolFull
    }

    /// Whether the route takes a connection; `serverName` in lower case, `nil` where the client gave none.
    public func matches(serverName: String?) -> Bool {
        if serverNames.isEmpty { return true }
        guard let serverName else { return false }
        return serverNames.contains { pattern in
            guard pattern.hasPrefix("*.") else { return pattern == serverName }
            let suffix = pattern.dropFirst()
            return serverName.utf8.count > suffix.utf8.count && serverName.hasSuffix(suffix)
        }
    }

    static let maximumServerNames = 256

    init(_ reader: inout ObjectReader, readsServerName: Bool) throws(ConfigurationError) {
        self.init(
            name: try reader.requiredText("name", maximumBytes: 256),
            cluster: try reader.requiredText("cluster", maximumBytes: 256))
        if readsServerName {
            serverNames =
                try reader.list("serverNames", maximumCount: Self.maximumServerNames) {
                    (value, path) throws(ConfigurationError) in
                    try Self.serverName(value, path: path)
                } ?? []
        }
        payment = try reader.flag("payment") ?? payment
        whenSpoolFull = try reader.choice("whenSpoolFull", Route.SpoolFullChoice.self) ?? whenSpoolFull
        guard payment || whenSpoolFull == .recordLoss else {
            throw reader.error("whenSpoolFull", "\"refuse\" is for routes with \"payment\": true")
        }
    }

    private static func serverName(_ value: JSONValue, path: String) throws(ConfigurationError) -> String {
        let text = try ObjectReader.text(value, path: path, maximumBytes: 255).lowercased()
        let name = text.hasPrefix("*.") ? text.dropFirst(2) : text[...]
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x2D || $0 == 0x5F }
        }
        guard isName else {
            throw ConfigurationError(
                path: path, message: "\"\(text)\" is not a host name, nor one after \"*.\"")
        }
        return text
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("name", name)
        writer.add("cluster", cluster)
        writer.add("serverNames", serverNames.map(JSONValue.string))
        writer.add("payment", payment)
        writer.add("whenSpoolFull", whenSpoolFull.rawValue)
        return writer.value
    }
}
