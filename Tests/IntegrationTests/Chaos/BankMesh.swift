import Foundation
import Mesh
import Synchronization
import TestSupport
import Testing

/// The whole bank: services, their proxies with mutual TLS in between, and the collector that they report to.
final class BankMesh: Sendable {
    let chronicle: Chronicle
    let proxies: [BankService: BankProxy]
    let instances: [BankInstance]
    let cards: CardPorts
    let certificates: TestCertificates
    private let cardHost: CardHost
    private let directory: TemporaryDirectory
    private let collectorArguments: [String]
    private let running: Mutex<RunningCollector>
    private let isCollectorHeld = Mutex(false)
    /// Who signs now, and how many have signed before.
    let signer = Mutex((name: "authority", number: 0))

    static let timeoutMilliseconds = 8_000
    static let perTryMilliseconds = 1_200

    init(_ directory: TemporaryDirectory) async throws {
        self.directory = directory
        let chronicle = Chronicle()
        self.chronicle = chronicle
        certificates = try await TestCertificates(directory)
        let own = try await certificates.issue("collector", spiffe: BankService.spiffeID("collector"))
        collectorArguments = [
            "--tls-certificate", own.chain, "--tls-key", own.key, "--tls-roots", certificates.roots, "--trust-domain",
            "bank.example",
        ]
        let collector = try await RunningCollector(data: directory.file("data"), arguments: collectorArguments)
        running = Mutex(collector)
        cardHost = try await CardHost(chronicle)
        cards = try CardPorts(host: cardHost.port)
        var ports: [BankService: (inbound: Int, outbound: Int)] = [:]
        for service in BankService.allCases {
            ports[service] = (try FreePort.next(), try FreePort.next())
        }
        var proxies: [BankService: BankProxy] = [:]
        var instances: [BankInstance] = []
        for service in BankService.allCases {
            let outbound = "127.0.0.1:\(ports[service]?.outbound ?? 0)"
            let caller = BankCaller(
                service, through: outbound, timeoutMilliseconds: Self.timeoutMilliseconds * 3, chronicle: chronicle)
            let own = try (0..<service.instances).map { _ in try BankInstance(service, caller: caller) }
            for instance in own { try await instance.start() }
            instances += own
            let files = try await certificates.issue(service.rawValue, spiffe: service.spiffeID)
            let identity = MeshIdentity(
                spiffeID: service.spiffeID, certificateChain: files.chain, privateKey: files.key,
                roots: certificates.roots)
            proxies[service] = BankProxy(
                service,
                BankConfiguration(ports: ports, cards: cards, collector: try #require(HostPort(collector.wire)))
                    .proxy(
                        of: service, identity: identity, instances: own,
                        spool: directory.file("spool-\(service.rawValue)")),
                directory: directory, chronicle: chronicle)
        }
        self.proxies = proxies
        self.instances = instances
        for proxy in proxies.values { try await proxy.start() }
    }

    var collector: RunningCollector { running.withLock { $0 } }

    func proxy(of service: BankService) throws -> BankProxy { try #require(proxies[service]) }

    /// A new key and certificate, first the one file and then the other, as they are.
    func rotate(_ service: BankService) async throws {
        _ = try await certificates.issue(
            service.rawValue, spiffe: service.spiffeID, by: signer.withLock { $0.name })
    }

    /// Runs `body` while nobody else ends or starts the collector.
    func holdingCollector<R>(_ body: () async throws -> R) async throws -> R {
        try await Patience.until("the collector is free") {
            self.isCollectorHeld.withLock { isHeld in
                defer { isHeld = true }
                return !isHeld
            }
        }
        defer { isCollectorHeld.withLock { $0 = false } }
        return try await body()
    }

    func restartCollector(afterMilliseconds pause: Int) async throws {
        try await holdingCollector { try await replaceCollector { try await Task.sleep(for: .milliseconds(pause)) } }
    }

    /// Kills the collector, and starts another in its place after `body`. Only while it is held.
    func replaceCollector(_ body: () async throws -> Void = {}) async throws {
        let old = collector
        try await old.process.kill9()
        try await body()
        let new = try await RunningCollector(
            data: directory.file("data"), arguments: collectorArguments, like: old)
        running.withLock { $0 = new }
    }

    /// Until nothing that the proxies recorded, in this life or an earlier one, waits for the collector.
    func settle() async throws {
        for service in BankService.allCases {
            let spool = directory.file("spool-\(service.rawValue)")
            try await Patience.until("the spool of \(service.rawValue) is empty", within: 60) {
                try FileManager.default.contentsOfDirectory(atPath: spool).allSatisfy { !$0.hasSuffix(".spool") }
            }
        }
    }

    func stop() async throws {
        for service in BankService.allCases { try await proxies[service]?.stop() }
    }

    func stopRest() async throws {
        for instance in instances { try await instance.stop() }
        try await cardHost.stop()
        try await collector.stop()
    }
}
