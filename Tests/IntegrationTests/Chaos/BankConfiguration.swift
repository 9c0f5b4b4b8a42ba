import Mesh

/// What each proxy of the bank is told.
struct BankConfiguration {
    let ports: [BankService: (inbound: Int, outbound: Int)]
    let collector: HostPort

    private func address(_ port: Int?) -> HostPort { HostPort(host: "127.0.0.1", port: port ?? 0) }

    private static let sources = [
        TransactionSource(attribute: "payment.id", location: .header(BankHeader.payment))
    ]

    func proxy(of service: BankService, identity: MeshIdentity, instances: [Int], spool: String) -> ProxyConfiguration {
        var local = Cluster(name: "local", endpoints: instances.map { address($0) })
        if instances.count > 1 {
            local.healthCheck = HealthCheck(
                .http, path: "/healthz", intervalMilliseconds: 200, timeoutMilliseconds: 500)
            local.outlierDetection = OutlierDetection(
                consecutive5xx: 3, intervalMilliseconds: 100, baseEjectionMilliseconds: 300,
                maximumEjectionMilliseconds: 600, maximumEjectionPercent: Percentage(50))
        }
        // Customers have no certificates.
        let isEdge = service.callers.isEmpty
        let inbound = Listener(
            address: address(ports[service]?.inbound), security: isEdge ? .plain : .mutualTLS,
            accept: service.callers.map(\.spiffeID),
            routes: CallKind.allCases.map { kind in
                Route(
                    name: kind.rawValue, match: match(kind), cluster: "local",
                    timeoutMilliseconds: BankMesh.timeoutMilliseconds, transactionSources: Self.sources, payment: true)
            })
        let outbound = Listener(
            address: address(ports[service]?.outbound), security: .plain,
            routes: service.peers.flatMap { peer in
                CallKind.allCases.map { kind in
                    Route(
                        name: "\(peer.rawValue)-\(kind.rawValue)", match: match(kind, host: peer.host),
                        cluster: peer.rawValue, timeoutMilliseconds: BankMesh.timeoutMilliseconds,
                        perTryTimeoutMilliseconds: BankMesh.perTryMilliseconds,
                        retries: RetryPolicy(maximumAttempts: 3, idempotencyHeader: BankHeader.idempotencyKey),
                        transactionSources: Self.sources, payment: true)
                }
            })
        var description = ServiceDescription(name: service.rawValue)
        description.instance = service.exporter
        return ProxyConfiguration(
            service: description, identity: identity, inbound: inbound, outbound: outbound, admin: address(0),
            clusters: [local] + service.peers.map(cluster),
            telemetry: TelemetryDestination(
                collectors: [collector], tls: PeerExpectation(spiffeID: BankService.spiffeID("collector")),
                spoolDirectory: spool, batchMilliseconds: 50, metricsMilliseconds: 1_000))
    }

    private func match(_ kind: CallKind, host: String? = nil) -> RouteMatch {
        RouteMatch(
            host: host.map { .exact($0) }, path: PathTemplate(kind.pathTemplate).map { .template($0) },
            methods: [kind.method])
    }

    private func cluster(of peer: BankService) -> Cluster {
        var cluster = Cluster(
            name: peer.rawValue, endpoints: [address(ports[peer]?.inbound)],
            tls: PeerExpectation(spiffeID: peer.spiffeID), connectTimeoutMilliseconds: 1_000)
        cluster.httpProtocol = .http2
        return cluster
    }
}
