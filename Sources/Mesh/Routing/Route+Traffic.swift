extension Route {
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
