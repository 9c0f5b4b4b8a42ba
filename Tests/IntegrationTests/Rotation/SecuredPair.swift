import Foundation
import Mesh
import NIOPosix
import Testing
import Transport

/// A collector and two proxies in front of a small service, all of them with mutual TLS in between, and the authorities
/// that issue for them.
final class SecuredPair: Sendable {
    static func spiffeID(_ name: String) -> String { "spiffe://bank.example/ns/core/sa/\(name)" }
    static let proxied = ["payments", "ledger"]

    let certificates: TestCertificates
    let collector: RunningCollector
    let caller: RunningProxy
    let callee: RunningProxy
    private let service: EchoService
    private let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)

    init(_ directory: TemporaryDirectory) async throws {
        certificates = try await TestCertificates(directory)
        let own = try await certificates.issue("collector", spiffe: Self.spiffeID("collector"))
        collector = try await RunningCollector(
            data: directory.file("data"),
            arguments: [
                "--otlp-grpc-tls", "--tls-certificate", own.chain, "--tls-key", own.key, "--tls-roots",
                certificates.roots, "--trust-domain", "bank.example",
            ])
        service = try await EchoService()
        let loopback = HostPort(host: "127.0.0.1", port: 0)
        let telemetry = TelemetryDestination(
            collectors: [try #require(HostPort(collector.wire))],
            tls: PeerExpectation(spiffeID: Self.spiffeID("collector")), batchMilliseconds: 20,
            metricsMilliseconds: 200)
        var identities: [String: MeshIdentity] = [:]
        for name in Self.proxied {
            let files = try await certificates.issue(name, spiffe: Self.spiffeID(name))
            identities[name] = MeshIdentity(
                spiffeID: Self.spiffeID(name), certificateChain: files.chain, privateKey: files.key,
                roots: certificates.roots)
        }
        let sources = [TransactionSource(attribute: "payment.id", location: .header("x-payment-id"))]
        callee = try await RunningProxy(
            ProxyConfiguration(
                service: ServiceDescription(name: "ledger"), identity: identities["ledger"],
                inbound: Listener(
                    address: loopback, security: .mutualTLS, accept: [Self.spiffeID("payments")],
                    routes: [Route(name: "ledger", cluster: "local", transactionSources: sources, payment: true)]),
                admin: loopback,
                clusters: [Cluster(name: "local", endpoints: [HostPort(host: "127.0.0.1", port: service.port)])],
                telemetry: telemetry), directory: directory)
        caller = try await RunningProxy(
            ProxyConfiguration(
                service: ServiceDescription(name: "payments"), identity: identities["payments"],
                outbound: Listener(
                    address: loopback, security: .plain,
                    routes: [Route(name: "ledger", cluster: "ledger", transactionSources: sources, payment: true)]),
                admin: loopback,
                clusters: [
                    Cluster(
                        name: "ledger", endpoints: [try #require(HostPort(callee.inbound))],
                        tls: PeerExpectation(spiffeID: Self.spiffeID("ledger")))
                ],
                telemetry: telemetry), directory: directory)
    }

    /// A payment through both proxies; its status.
    func pay(_ id: String) async throws -> Int {
        Int(try await client.get("http://\(caller.outbound)/entries", headers: ["x-payment-id": id]).status)
    }

    /// Of both proxies.
    func metrics(_ series: String) async throws -> [Double] {
        var values: [Double] = []
        for proxy in [caller, callee] {
            let page = try await client.get("http://\(proxy.admin)/metrics").text
            let line = page.split(separator: "\n").first { $0.hasPrefix(series + " ") }
            values.append(line?.split(separator: " ").last.flatMap { Double($0) } ?? 0)
        }
        return values
    }

    /// Until all three have read their files after now.
    func allReadAnew() async throws {
        try await collector.readAnew()
        let series = #"waybill_proxy_reloads_total{result="applied",what="configuration"}"#
        for _ in 0..<3 {
            let before = try await metrics(series)
            for proxy in [caller, callee] { proxy.process.send(SIGHUP) }
            try await Patience.until("the proxies have read their files") {
                zip(try await self.metrics(series), before).allSatisfy { $0 > $1 }
            }
        }
    }

    func stop() async throws {
        client.closeIdle()
        try await caller.stop()
        try await callee.stop()
        try await service.stop()
        try await collector.stop()
    }
}
