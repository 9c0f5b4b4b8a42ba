import Mesh
import Transport

/// Makes the configuration of every proxy of the bank.
package struct BankMesh {
    struct Ports {
        var inbound: Int
        var outbound: Int
    }

    private static let loopback = "127.0.0.1"
    let ports: [BankMember: Ports]
    let collector: HostPort
    let runDirectory: String

    package init(collector: HostPort, runDirectory: String) throws(DemoError) {
        var free = FreePorts()
        var ports: [BankMember: Ports] = [:]
        for member in BankMember.allCases {
            ports[member] = Ports(inbound: try free.next(), outbound: try free.next())
        }
        self.ports = ports
        self.collector = collector
        self.runDirectory = runDirectory
    }

    func inbound(_ member: BankMember) -> HostPort { HostPort(host: Self.loopback, port: port(member).inbound) }
    func outbound(_ member: BankMember) -> HostPort { HostPort(host: Self.loopback, port: port(member).outbound) }

    private func port(_ member: BankMember) -> Ports {
        guard let ports = ports[member] else { preconditionFailure("every member has its ports") }
        return ports
    }

    /// The proxy of `member`, whose service listens on `service`.
    package func configuration(_ member: BankMember, service: HostPort, files: TLSFiles) -> ProxyConfiguration {
        var description = ServiceDescription(
            name: member.rawValue, namespace: "core", version: "1.0", instance: "\(member.rawValue)-0")
        description.attributes = [.init("deployment.environment.name", "demo")]
        let local = Cluster(name: "local", endpoints: [service])
        // Customers have no certificates: their way in is the gateway's, on loopback.
        let security: Listener.Security = member == .gateway ? .plain : .mutualTLS
        let callers = callers(of: member).map { BankAuthority.spiffeID($0.rawValue) }
        var inbound = Listener(
            address: inbound(member), security: security, accept: security == .plain ? [] : callers,
            routes: member.operations.map { operation in
                Route(
                    name: operation.name,
                    match: RouteMatch(path: .template(operation.path), methods: [operation.method]),
                    cluster: local.name, timeoutMilliseconds: 10_000, transactionSources: member.transactionSources,
                    payment: true)
            })
        if security == .mutualTLS { inbound.authorization = authorization(member, callers) }
        let outbound = Listener(address: outbound(member), security: .plain, routes: member.peers.flatMap(routes))
        return ProxyConfiguration(
            service: description,
            identity: MeshIdentity(
                spiffeID: BankAuthority.spiffeID(member.rawValue), certificateChain: files.certificateChain,
                privateKey: files.privateKey, roots: files.roots),
            inbound: inbound, outbound: outbound, admin: HostPort(host: Self.loopback, port: 0),
            clusters: [local] + member.peers.map(cluster),
            telemetry: TelemetryDestination(
                collectors: [collector], tls: PeerExpectation(spiffeID: BankAuthority.spiffeID("collector")),
                spoolDirectory: "\(runDirectory)/spool/\(member.rawValue)", batchMilliseconds: 100,
                metricsMilliseconds: 1_000))
    }

    /// What is not an operation is refused, whoever asks.
    private func authorization(_ member: BankMember, _ callers: [String]) -> Authorization {
        Authorization(
            revision: "bank-1", unmatched: .deny,
            rules: member.operations.map { operation in
                // A list that came out empty would mean anybody, or anything.
                let principals = callers.map { id in
                    guard let pattern = PrincipalPattern(id) else { preconditionFailure("\(id) is a principal") }
                    return pattern
                }
                guard !principals.isEmpty, let path = PathPattern(operation.path.text) else {
                    preconditionFailure("\(member) has callers, and \(operation.path.text) is a path")
                }
                return AuthorizationRule(
                    name: operation.name, principals: principals, methods: [operation.method], paths: [path])
            })
    }

    private func callers(of member: BankMember) -> [BankMember] {
        BankMember.allCases.filter { $0.peers.contains(member) }
    }

    private func routes(to peer: BankMember) -> [Route] {
        let retries =
            peer == .ledger
            ? RetryPolicy(
                maximumAttempts: 3, conditions: [.connectFailure, .resetBeforeResponse, .status503],
                idempotencyHeader: BankHeader.idempotencyKey)
            : RetryPolicy(maximumAttempts: 2, conditions: [.connectFailure])
        return peer.operations.map { operation in
            Route(
                name: "\(peer.rawValue)-\(operation.name)",
                match: RouteMatch(
                    host: .exact(peer.host), path: .template(operation.path), methods: [operation.method]),
                cluster: peer.rawValue, timeoutMilliseconds: 10_000, perTryTimeoutMilliseconds: 3_000,
                retries: retries, transactionSources: peer.transactionSources, payment: true)
        }
    }

    private func cluster(of peer: BankMember) -> Cluster {
        Cluster(
            name: peer.rawValue, endpoints: [inbound(peer)],
            tls: PeerExpectation(spiffeID: BankAuthority.spiffeID(peer.rawValue)), connectTimeoutMilliseconds: 2_000)
    }
}
