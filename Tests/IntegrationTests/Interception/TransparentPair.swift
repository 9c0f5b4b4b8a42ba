import Foundation
import Mesh
import Testing

/// Two machines of a bank with a cable between them: `payments` calls `ledger`, each has its proxy, neither knows.
final class TransparentPair: Sendable {
    static let domain = "spiffe://bank.example"
    static let paymentsV4 = "10.77.0.1"
    static let paymentsV6 = "fd77::1"
    static let ledgerV4 = "10.77.0.2"
    static let ledgerV6 = "fd77::2"
    /// Other addresses of the same two, in a block that is excluded.
    static let excludedPayments = "10.88.0.1"
    static let excludedLedger = "10.88.0.2"
    static let collector = "127.0.0.1:4319"

    let payments: NetworkNamespace
    let ledger: NetworkNamespace
    private let directory: TemporaryDirectory
    private let certificates: TestCertificates
    private let processes: [ChildProcess]
    private let proxies: [ChildProcess]

    init(backend: String) async throws {
        let directory = try TemporaryDirectory()
        let certificates = try await TestCertificates(directory)
        let payments = try await NetworkNamespace()
        let ledger = try await NetworkNamespace()
        (self.directory, self.certificates, self.payments, self.ledger) = (
            directory, certificates, payments, ledger
        )
        try await payments.connect(
            to: ledger,
            ["\(Self.paymentsV4)/24", "\(Self.paymentsV6)/64", "\(Self.excludedPayments)/24"],
            ["\(Self.ledgerV4)/24", "\(Self.ledgerV6)/64", "\(Self.excludedLedger)/24"])

        let (chain, key) = try await certificates.issue("collector", spiffe: "\(Self.domain)/collector")
        let collector = try ledger.start(
            Programs.waybill,
            [
                "collector", "--data", directory.file("data"), "--wire-listen", "\(Self.ledgerV4):4316",
                "--otlp-grpc-listen", "127.0.0.1:0", "--otlp-http-listen", "127.0.0.1:0", "--http-listen",
                Self.collector, "--tls-certificate", chain, "--tls-key", key, "--tls-roots",
                certificates.roots,
                "--trust-domain", "bank.example",
            ])
        try await Self.ready(collector)
        let services = [
            try await payments.startService("http:8080"),
            try await ledger.startService(
                "http:8080", "http:\(Self.ledgerV4):9090", "tcp:5432", "tcp:5999", "tcp:6000", "tcp:7000"),
        ]
        proxies = [
            try await Self.proxy(
                in: payments, try await Self.payments(certificates), directory, backend,
                "--exclude-outbound-ports",
                "6000", "--exclude-outbound-cidrs", "10.88.0.0/16"),
            try await Self.proxy(
                in: ledger, try await Self.ledger(certificates), directory, backend,
                "--exclude-inbound-ports",
                "6000,4316", "--exclude-inbound-cidrs", "\(Self.excludedPayments)/32"),
        ]
        processes = services + [collector]
    }

    private static func ready(_ process: ChildProcess) async throws {
        try await Patience.until("it is ready") {
            process.output.contains("ready\n") || !process.isRunning
        }
        guard process.isRunning else { throw RunningCollector.Unusable(description: process.errors) }
    }

    private static func proxy(
        in namespace: NetworkNamespace, _ configuration: ProxyConfiguration,
        _ directory: TemporaryDirectory,
        _ backend: String, _ options: String...
    ) async throws -> ChildProcess {
        let path = directory.file("\(configuration.service.name).json")
        try configuration.json.text.write(toFile: path, atomically: true, encoding: .utf8)
        let proxy = try namespace.start(Programs.proxy, ["--config", path, "--drain-seconds", "1"])
        try await ready(proxy)
        // Options name what the configuration leaves out: the user is in it.
        let up = try await namespace.run(
            Programs.proxy, ["intercept", "up", "--config", path, "--backend", backend] + options)
        try #require(up.status == 0, "\(up.errors)")
        return proxy
    }

    // MARK: Configurations

    private static func common(_ name: String, _ certificates: TestCertificates) async throws
        -> ProxyConfiguration
    {
        let (chain, key) = try await certificates.issue(name, spiffe: "\(domain)/\(name)")
        var configuration = ProxyConfiguration(
            service: ServiceDescription(name: name),
            identity: MeshIdentity(
                spiffeID: "\(domain)/\(name)", certificateChain: chain, privateKey: key,
                roots: certificates.roots),
            telemetry: TelemetryDestination(
                collectors: [HostPort(host: ledgerV4, port: 4316)],
                tls: PeerExpectation(spiffeID: "\(domain)/collector"), batchMilliseconds: 20,
                metricsMilliseconds: 500))
        var interception = Interception()
        interception.proxyUIDs = [0]
        configuration.interception = interception
        return configuration
    }

    private static let sources = [
        TransactionSource(attribute: "payment.id", location: .header("x-payment-id"))
    ]

    private static func entry(
        _ host: String, _ port: Int, _ security: Listener.Security, _ ports: [Int]
    ) -> Listener {
        var listener = Listener(address: HostPort(host: host, port: port), security: security)
        listener.transparent = true
        listener.originalPorts = ports
        return listener
    }

    private static func tcp(
        _ name: String, _ direction: TrafficDirection, _ port: Int, cluster: String
    ) -> DeclaredListener {
        let address = HostPort(host: "0.0.0.0", port: port)
        return DeclaredListener(
            name: name, direction: direction,
            traffic: .stream(
                StreamListener(
                    address: address, security: direction == .inbound ? .mutualTLS : .plain, protocol: .tcp,
                    routes: [StreamRoute(name: name, cluster: cluster)])), capture: .originalDestination)
    }

    private static func reports(_ direction: TrafficDirection, _ security: Listener.Security)
        -> DeclaredListener
    {
        var listener = Listener(address: HostPort(host: "0.0.0.0", port: 9090), security: security)
        listener.routes = [Route(name: "reports", cluster: "reports")]
        return DeclaredListener(
            name: "reports", direction: direction, traffic: .http(listener), capture: .originalDestination
        )
    }

    /// Calls; and is called by itself under the name of its own service.
    private static func payments(_ certificates: TestCertificates) async throws -> ProxyConfiguration {
        var configuration = try await common("payments", certificates)
        let callee = PeerExpectation(spiffeID: "\(domain)/ledger")
        var outbound = entry("127.0.0.1", 15_001, .plain, [8080])
        outbound.routes = [
            Route(
                name: "ledger-v6", match: RouteMatch(host: .exact("[\(ledgerV6)]")), cluster: "ledger-v6",
                transactionSources: sources),
            Route(name: "own", match: RouteMatch(host: .exact("payments")), cluster: "own"),
            Route(name: "ledger", cluster: "ledger", transactionSources: sources),
        ]
        var inbound = entry("0.0.0.0", 15_006, .mutualTLS, [8080])
        inbound.routes = [Route(name: "in", cluster: "local")]
        (configuration.outbound, configuration.inbound) = (outbound, inbound)
        configuration.listeners = [
            tcp("postgres", .outbound, 5432, cluster: "postgres"), reports(.outbound, .plain),
        ]
        configuration.clusters = [
            Cluster(name: "ledger", endpoints: [HostPort(host: ledgerV4, port: 8080)], tls: callee),
            Cluster(name: "ledger-v6", endpoints: [HostPort(host: ledgerV6, port: 8080)], tls: callee),
            Cluster(name: "reports", endpoints: [HostPort(host: ledgerV4, port: 9090)], tls: callee),
            Cluster(name: "postgres", endpoints: [HostPort(host: ledgerV4, port: 5432)], tls: callee),
            Cluster(
                name: "own", endpoints: [HostPort(host: paymentsV4, port: 8080)],
                tls: PeerExpectation(spiffeID: "\(domain)/payments")),
            Cluster(name: "local", endpoints: [HostPort(host: "127.0.0.1", port: 8080)]),
        ]
        return configuration
    }

    private static func ledger(_ certificates: TestCertificates) async throws -> ProxyConfiguration {
        var configuration = try await common("ledger", certificates)
        var inbound = entry("0.0.0.0", 15_006, .mutualTLS, [8080])
        inbound.routes = [Route(name: "in", cluster: "local", transactionSources: sources)]
        // The rules speak of the port that callers know, not of the one that the kernel redirects to.
        inbound.authorization = Authorization(
            revision: "1", rules: [AuthorizationRule(name: "entries", action: .allow, ports: [8080])])
        configuration.inbound = inbound
        configuration.listeners = [
            tcp("postgres", .inbound, 5432, cluster: "postgres"), reports(.inbound, .mutualTLS),
        ]
        // This one does not listen on loopback: what goes to it says by its source that it has been inbound.
        var local = Cluster(name: "reports", endpoints: [HostPort(host: ledgerV4, port: 9090)])
        local.sourceAddress = IPAddress("127.0.0.6")
        configuration.clusters = [
            Cluster(name: "local", endpoints: [HostPort(host: "127.0.0.1", port: 8080)]),
            Cluster(name: "postgres", endpoints: [HostPort(host: "127.0.0.1", port: 5432)]), local,
        ]
        return configuration
    }

    // MARK: What was recorded

    func journey(_ transaction: String) async throws -> (
        status: Int32, output: String, errors: String
    ) {
        try await ledger.run(
            Programs.waybill, ["journey", transaction, "--collector", Self.collector, "--width", "100"])
    }

    /// Whether a span that matches is stored, soon.
    func records(_ query: String) async throws -> Bool {
        for _ in 0..<100 {
            let found = try await ledger.run(
                Programs.waybill, ["search", query, "--collector", Self.collector])
            if found.status == 0 { return true }
            try #require(found.status == 1, "\(query): \(found.errors)")
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    /// The proxy's own numbers.
    static func metrics(in namespace: NetworkNamespace) async throws -> String {
        try await namespace.run(
            try #require(Programs.tool("curl")),
            ["-sS", "--noproxy", "*", "http://127.0.0.1:15000/metrics"]
        ).output
    }

    func stop() async throws {
        for proxy in proxies {
            proxy.send(SIGTERM)
            let status = try await proxy.end()
            #expect(status == 0, "\(proxy.errors)")
        }
        for process in processes {
            process.send(SIGTERM)
            try await process.end()
        }
    }
}
