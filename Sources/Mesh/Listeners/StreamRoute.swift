/// One way a connection can go.
public struct StreamRoute: Sendable, Hashable {
    /// The label of this route in spans and metrics.
    public var name: String
    /// The cluster that gets the connections; empty when `split` says which.
    public var cluster: String
    /// Only endpoints of `cluster` with all of these labels.
    public var subset: EndpointLabels = .none
    /// The clusters among which the connections are split, instead of `cluster`.
    public var split: [WeightedCluster] = []
    /// What `ring-hash` and `maglev` go by; without it they pick at random.
    public var hashBy: HashSource?
    /// Endpoints that are tried, one after another, before the connection fails: no byte has been sent, so that another
    /// is as good.
    public var connectAttempts = 3
    /// Names of the TLS ClientHello in lower case; a leading `*.` stands for one or more labels. All connections, those
    /// without a name included, when empty.
    public var serverNames: [String]
    /// Payments are held on to harder: their records spool to disk while no collector answers.
    public var payment: Bool
    /// With `refuse`, connections are closed rather than passed on unrecorded.
    public var whenSpoolFull: Route.SpoolFullChoice

    /// What connections are told apart by, where the same must go the same way.
    public enum HashSource: String, Sendable, Hashable, CaseIterable {
        /// The client's address, without its port.
        case sourceAddress = "source-address"
        /// The client's SPIFFE id.
        case principal
        /// The name that a TLS client asks for.
        case serverName = "server-name"
    }

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

    /// Every cluster that connections may go to, with the subsets that are asked of it.
    public var clusters: [WeightedCluster] {
        split.isEmpty ? [WeightedCluster(cluster, weight: 1, subset: subset)] : split
    }

    /// Whether the route takes a connection; `serverName` in lower case, `nil` where the client gave none.
    public func matches(serverName: String?) -> Bool {
        if serverNames.isEmpty { return true }
        guard let serverName else { return false }
        return serverNames.contains { ServerName.matches(serverName, pattern: $0) }
    }

    static let maximumServerNames = 256

    init(_ reader: inout ObjectReader, readsServerName: Bool) throws(ConfigurationError) {
        let name = try reader.requiredText("name", maximumBytes: 256)
        let destination = try RouteDestination(&reader)
        self.init(name: name, cluster: destination.cluster)
        (subset, split) = (destination.subset, destination.split)
        if readsServerName {
            serverNames =
                try reader.list("serverNames", maximumCount: Self.maximumServerNames, ServerName.readPattern) ?? []
        }
        hashBy = try reader.choice("hashBy", HashSource.self)
        guard hashBy != .serverName || readsServerName else {
            throw reader.error("hashBy", "\"server-name\" is for \"protocol\": \"tls-passthrough\"")
        }
        connectAttempts = try reader.integer("connectAttempts", 1...16) ?? connectAttempts
        payment = try reader.flag("payment") ?? payment
        whenSpoolFull = try reader.choice("whenSpoolFull", Route.SpoolFullChoice.self) ?? whenSpoolFull
        guard payment || whenSpoolFull == .recordLoss else {
            throw reader.error("whenSpoolFull", "\"refuse\" is for routes with \"payment\": true")
        }
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("name", name)
        if split.isEmpty { writer.add("cluster", cluster) }
        writer.add("subset", subset.json)
        writer.add("split", split.map(\.json))
        writer.add("hashBy", hashBy?.rawValue)
        writer.add("connectAttempts", connectAttempts)
        writer.add("serverNames", serverNames.map(JSONValue.string))
        writer.add("payment", payment)
        writer.add("whenSpoolFull", whenSpoolFull.rawValue)
        return writer.value
    }
}
