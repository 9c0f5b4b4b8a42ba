/// Where a route leads, as documents write it: one cluster, or several with weights.
struct RouteDestination {
    /// Empty when `split` says which.
    var cluster: String
    var subset: EndpointLabels
    var split: [WeightedCluster]

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        cluster = try reader.text("cluster", maximumBytes: 256) ?? ""
        subset = .none
        if let labels = reader.value("subset") {
            subset = try EndpointLabels.read(labels, path: reader.path(of: "subset"))
        }
        split =
            try reader.list("split", maximumCount: WeightedCluster.maximumCount) {
                (value, path) throws(ConfigurationError) in
                try ObjectReader.object(value, path: path, WeightedCluster.init)
            } ?? []
        if split.isEmpty {
            guard !cluster.isEmpty else { throw reader.error("cluster", "missing") }
        } else {
            guard cluster.isEmpty else { throw reader.error("split", "cluster is set already") }
            guard subset.isEmpty else { throw reader.error("subset", "stands with each cluster of the split") }
            guard split.contains(where: { $0.weight > 0 }) else { throw reader.error("split", "has no weight") }
        }
    }
}
