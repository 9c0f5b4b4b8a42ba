extension ProxyConfiguration {
    /// Checks what no part can check alone: names that must lead somewhere, and identity where TLS needs it.
    public func checkReferences() throws(ConfigurationError) {
        guard inbound != nil || outbound != nil || !listeners.isEmpty else {
            throw ConfigurationError(path: "", message: "neither inbound nor outbound nor listeners is configured")
        }
        var names: Set<String> = []
        for (index, cluster) in clusters.enumerated() {
            guard names.insert(cluster.name).inserted else {
                throw ConfigurationError(
                    path: "clusters[\(index)].name", message: "\"\(cluster.name)\" names two clusters")
            }
            if cluster.tls != nil { try requireIdentity("clusters[\(index)].tls") }
        }
        var listenerNames: Set<String> = []
        var addresses: Set<HostPort> = []
        for place in allListeners {
            guard listenerNames.insert(place.listener.name).inserted else {
                throw ConfigurationError(
                    path: "\(place.path).name", message: "\"\(place.listener.name)\" names two listeners")
            }
            if place.listener.capture != .explicit { try checkCapture(of: place) }
            guard
                place.listener.capture == .originalDestination || place.listener.address.port == 0
                    || addresses.insert(place.listener.address).inserted
            else {
                throw ConfigurationError(
                    path: "\(place.path).address", message: "\(place.listener.address) is another listener's already")
            }
            if place.listener.usesTLS { try requireIdentity("\(place.path).security") }
            try checkRoutes(of: place)
        }
        if telemetry?.tls != nil { try requireIdentity("telemetry.tls") }
    }

    private func checkRoutes(of place: ListenerPlace) throws(ConfigurationError) {
        var names: Set<String> = []
        func check(_ path: String, _ name: String, refusesUnrecorded: Bool) throws(ConfigurationError) {
            guard names.insert(name).inserted else {
                throw ConfigurationError(
                    path: "\(path).name", message: "\"\(name)\" names two routes of this listener")
            }
            if refusesUnrecorded, telemetry?.spoolDirectory == nil {
                throw ConfigurationError(
                    path: "\(path).whenSpoolFull",
                    message: "\"refuse\" needs telemetry.spoolDirectory, which is not set")
            }
        }
        switch place.listener.traffic {
        case .http(let listener):
            for (index, route) in listener.routes.enumerated() {
                let path = "\(place.path).routes[\(index)]"
                try checkClusters(of: route, path)
                try check(path, route.name, refusesUnrecorded: route.payment && route.whenSpoolFull == .refuse)
            }
        case .stream(let listener):
            for (index, route) in listener.routes.enumerated() {
                let path = "\(place.path).routes[\(index)]"
                let clusters = try find(route.clusters, isSplit: !route.split.isEmpty, path)
                try checkHash(of: route, clusters, path)
                try check(path, route.name, refusesUnrecorded: route.payment && route.whenSpoolFull == .refuse)
            }
        }
    }

    /// The clusters that a route names.
    private func find(
        _ wanted: [WeightedCluster], isSplit: Bool, _ path: String
    ) throws(ConfigurationError) -> [Cluster] {
        var found: [Cluster] = []
        for (index, wanted) in wanted.enumerated() {
            let place = isSplit ? "\(path).split[\(index)]" : path
            guard let cluster = cluster(named: wanted.cluster) else {
                throw ConfigurationError(
                    path: "\(place).cluster", message: "no cluster is named \"\(wanted.cluster)\"")
            }
            guard cluster.endpoints.contains(where: { $0.labels.contain(wanted.subset) }) else {
                throw ConfigurationError(
                    path: "\(place).subset", message: "no endpoint of \(cluster.name) has these labels")
            }
            found.append(cluster)
        }
        return found
    }

    private func checkHash(
        of route: StreamRoute, _ clusters: [Cluster], _ path: String
    ) throws(ConfigurationError) {
        let hashing = clusters.first { $0.loadBalancing.policy.needsHash }
        guard (hashing != nil) == (route.hashBy != nil) else {
            let names = clusters.map(\.name).joined(separator: ", ")
            throw ConfigurationError(
                path: "\(path).hashBy",
                message: hashing.map { "missing: \"\($0.loadBalancing.policy.rawValue)\" of \($0.name) needs it" }
                    ?? "is for clusters with \"ring-hash\" or \"maglev\", which \(names) has not")
        }
    }

    private func checkClusters(of route: Route, _ path: String) throws(ConfigurationError) {
        for cluster in try find(route.clusters, isSplit: !route.split.isEmpty, path) { try checkHash(of: cluster) }
        if let mirror = route.mirror {
            guard let cluster = cluster(named: mirror.cluster) else {
                throw ConfigurationError(
                    path: "\(path).mirror.cluster", message: "no cluster is named \"\(mirror.cluster)\"")
            }
            try checkHash(of: cluster)
        }
    }

    /// Requests are told apart by a header; streams, which have none, by what their route says.
    private func checkHash(of cluster: Cluster) throws(ConfigurationError) {
        let balancing = cluster.loadBalancing
        guard balancing.policy.needsHash, balancing.hashHeader == nil else { return }
        let index = clusters.firstIndex { $0.name == cluster.name } ?? 0
        throw ConfigurationError(
            path: "clusters[\(index)].loadBalancing.hashHeader",
            message: "missing: \"\(balancing.policy.rawValue)\" needs it")
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
        for place in allListeners {
            for (index, text) in place.listener.accept.enumerated() {
                output.append(("\(place.path).accept[\(index)]", text))
            }
        }
        for (index, cluster) in clusters.enumerated() {
            if let text = cluster.tls?.spiffeID { output.append(("clusters[\(index)].tls.spiffeID", text)) }
        }
        if let text = telemetry?.tls?.spiffeID { output.append(("telemetry.tls.spiffeID", text)) }
        return output
    }
}
