extension ProxyConfiguration {
    /// Checks what no part can check alone: names that must lead somewhere, and identity where TLS needs it.
    public func checkReferences() throws(ConfigurationError) {
        guard inbound != nil || outbound != nil else {
            throw ConfigurationError(path: "", message: "neither inbound nor outbound is configured")
        }
        var names: Set<String> = []
        for (index, cluster) in clusters.enumerated() {
            guard names.insert(cluster.name).inserted else {
                throw ConfigurationError(
                    path: "clusters[\(index)].name", message: "\"\(cluster.name)\" names two clusters")
            }
            if cluster.tls != nil { try requireIdentity("clusters[\(index)].tls") }
        }
        for (side, listener) in [("inbound", inbound), ("outbound", outbound)] {
            guard let listener else { continue }
            if listener.security == .mutualTLS { try requireIdentity("\(side).security") }
            var routeNames: Set<String> = []
            for (index, route) in listener.routes.enumerated() {
                let path = "\(side).routes[\(index)]"
                try checkClusters(of: route, path)
                guard routeNames.insert(route.name).inserted else {
                    throw ConfigurationError(
                        path: "\(path).name", message: "\"\(route.name)\" names two routes of this listener")
                }
                if route.payment, route.whenSpoolFull == .refuse, telemetry?.spoolDirectory == nil {
                    throw ConfigurationError(
                        path: "\(path).whenSpoolFull",
                        message: "\"refuse\" needs telemetry.spoolDirectory, which is not set")
                }
            }
        }
        if telemetry?.tls != nil { try requireIdentity("telemetry.tls") }
    }

    private func checkClusters(of route: Route, _ path: String) throws(ConfigurationError) {
        for (index, wanted) in route.clusters.enumerated() {
            let place = route.split.isEmpty ? path : "\(path).split[\(index)]"
            guard let cluster = cluster(named: wanted.cluster) else {
                throw ConfigurationError(
                    path: "\(place).cluster", message: "no cluster is named \"\(wanted.cluster)\"")
            }
            guard cluster.endpoints.contains(where: { $0.labels.contain(wanted.subset) }) else {
                throw ConfigurationError(
                    path: "\(place).subset", message: "no endpoint of \(cluster.name) has these labels")
            }
        }
        if let mirror = route.mirror, cluster(named: mirror.cluster) == nil {
            throw ConfigurationError(
                path: "\(path).mirror.cluster", message: "no cluster is named \"\(mirror.cluster)\"")
        }
    }

    private func requireIdentity(_ path: String) throws(ConfigurationError) {
        guard identity != nil else {
            throw ConfigurationError(path: path, message: "mutual TLS needs identity, which is not set")
        }
    }

    /// Every SPIFFE id in the document with its path, for the strict check at start.
    public var spiffeIDs: [(path: String, text: String)] {
        var output: [(path: String, text: String)] = []
        if let identity { output.append(("identity.spiffeID", identity.spiffeID)) }
        for (side, listener) in [("inbound", inbound), ("outbound", outbound)] {
            for (index, text) in (listener?.accept ?? []).enumerated() {
                output.append(("\(side).accept[\(index)]", text))
            }
        }
        for (index, cluster) in clusters.enumerated() {
            if let text = cluster.tls?.spiffeID { output.append(("clusters[\(index)].tls.spiffeID", text)) }
        }
        if let text = telemetry?.tls?.spiffeID { output.append(("telemetry.tls.spiffeID", text)) }
        return output
    }
}
