/// One of the clusters among which a route splits its requests or connections.
public struct WeightedCluster: Sendable, Hashable {
    public var cluster: String
    /// Of what takes the route, in proportion to the weights of the others; zero gets none.
    public var weight: Int
    /// Only endpoints with all of these labels.
    public var subset: EndpointLabels

    public init(_ cluster: String, weight: Int, subset: EndpointLabels = .none) {
        self.cluster = cluster
        self.weight = weight
        self.subset = subset
    }

    /// The names of several, each once, as metrics have them.
    public static func names(_ clusters: [WeightedCluster]) -> String {
        clusters.map(\.cluster).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ",")
    }

    static let maximumCount = 16
    static let maximumWeight = 1_000_000

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init(try reader.requiredText("cluster", maximumBytes: 256), weight: 0)
        guard let weight = try reader.integer("weight", 0...Self.maximumWeight) else {
            throw reader.error("weight", "missing")
        }
        self.weight = weight
        if let labels = reader.value("subset") {
            subset = try EndpointLabels.read(labels, path: reader.path(of: "subset"))
        }
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("cluster", cluster)
        writer.add("weight", weight)
        writer.add("subset", subset.json)
        return writer.value
    }
}
