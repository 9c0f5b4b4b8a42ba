import Mesh

/// What each proxy of the bank is told.
struct BankConfiguration {
    let ports: [BankService: (inbound: Int, outbound: Int)]
    let cards: CardPorts
    let collector: HostPort

    private func address(_ port: Int?) -> HostPort { HostPort(host: "127.0.0.1", port: port ?? 0) }

    private static let sources = [
        TransactionSource(attribute: "payment.id", location: .header(BankHeader.payment))
    ]

    func proxy(
        of service: BankService, identity: MeshIdentity, instances: [BankInstance], spool: String
    ) -> ProxyConfiguration {
        var local = [
            Cluster(name: "local", endpoints: instances.map { address($0.port) }),
            Cluster(name: "local-rpc", endpoints: instances.map { address($0.rpcPort) }),
        ]
        local[1].httpProtocol = .http2
        if instances.count > 1 {
            local[0].healthCheck = HealthCheck(
                .http, path: "/healthz", intervalMilliseconds: 200, timeoutMilliseconds: 500)
            for index in local.indices {
                local[index].outlierDetection = OutlierDetection(
                    consecutive5xx: 3, intervalMilliseconds: 100, baseEjectionMilliseconds: 300,
                    maximumEjectionMilliseconds: 600, maximumEjectionPercent: Percentage(50))
            }
        }
        // Customers have no certificates.
        let isEdge = service.callers.isEmpty
        let inbound = Listener(
            address: address(ports[service]?.inbound), security: isEdge ? .plain : .mutualTLS,
            accept: service.callers.map(\.spiffeID),
            routes: CallKind.allCases.map { kind in
                Route(
                    name: kind.rawValue, match: match(kind), cluster: kind.isRPC ? "local-rpc" : "local",
                    timeoutMilliseconds: BankMesh.timeoutMilliseconds, transactionSources: Self.sources, payment: true,
                    whenSpoolFull: kind == .strict ? .refuse : .recordLoss)
            } + [Route(name: "ballast", match: RouteMatch(path: .prefix("/ballast/")), cluster: "local", payment: true)]
        )
        let outbound = Listener(
            address: address(ports[service]?.outbound), security: .plain,
            routes: service.peers.flatMap { peer in
                CallKind.allCases.map { kind in
                    Route(
                        name: "\(peer.rawValue)-\(kind.rawValue)", match: match(kind, host: peer.host),
                        cluster: peer.rawValue, timeoutMilliseconds: BankMesh.timeoutMilliseconds,
                        perTryTimeoutMilliseconds: BankMesh.perTryMilliseconds,
                        retries: RetryPolicy(
                            maximumAttempts: 3, conditions: RetryPolicy.standardConditions.union([.grpcUnavailable]),
                            idempotencyHeader: BankHeader.idempotencyKey),
                        transactionSources: Self.sources, payment: true,
                        whenSpoolFull: kind == .strict ? .refuse : .recordLoss)
                }
            })
        var description = ServiceDescription(name: service.rawValue)
        description.instance = service.exporter
        return ProxyConfiguration(
            service: description, identity: identity, inbound: inbound, outbound: outbound,
            listeners: cards.listener(of: service).map { [$0] } ?? [], admin: address(0),
            clusters: local + service.peers.map(cluster) + (cards.cluster(of: service).map { [$0] } ?? []),
            telemetry: TelemetryDestination(
                collectors: [collector], tls: PeerExpectation(spiffeID: BankService.spiffeID("collector")),
                queueLimitBytes: 1 << 20, spoolDirectory: spool, spoolLimitBytes: 1 << 20, batchMilliseconds: 50,
                metricsMilliseconds: 1_000))
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
