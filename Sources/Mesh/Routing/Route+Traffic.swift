extension Route {
    /// One cluster, or several with weights.
    mutating func readDestination(_ reader: inout ObjectReader) throws(ConfigurationError) {
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

    mutating func readTraffic(_ reader: inout ObjectReader) throws(ConfigurationError) {
        upgrades = try reader.object("upgrades", UpgradePolicy.init)
        mirror = try reader.object("mirror", RequestMirror.init)
        requestHeaders = try reader.object("requestHeaders", HeaderEdits.init) ?? requestHeaders
        responseHeaders = try reader.object("responseHeaders", HeaderEdits.init) ?? responseHeaders
        rateLimits =
            try reader.list("rateLimits", maximumCount: Self.maximumRateLimits) {
                (value, path) throws(ConfigurationError) in
                try ObjectReader.object(value, path: path, RateLimit.init)
            } ?? []
        faults =
            try reader.list("faults", maximumCount: FaultRule.maximumRules) {
                (value, path) throws(ConfigurationError) in
                try ObjectReader.object(value, path: path, FaultRule.init)
            } ?? []
        for (index, fault) in faults.enumerated() where faults[..<index].contains(where: { $0.name == fault.name }) {
            throw reader.error("faults[\(index)].name", "\"\(fault.name)\" names two faults of this route")
        }
    }
}
