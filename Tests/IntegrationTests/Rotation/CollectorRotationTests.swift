import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing
import Transport

/// New certificates and new roots while spans flow: no exporter is refused, no span is lost, nobody starts again.
@Suite(.serialized, .timeLimit(.minutes(2))) struct CollectorRotationTests {
    /// Pays until it is told to stop.
    private final class Customers: Sendable {
        private let isOver = Mutex(false)
        let statuses = Mutex<[String: Int]>([:])

        func pay(_ pair: SecuredPair) async throws {
            var number = 0
            while !isOver.withLock({ $0 }) {
                let id = "ROT-\(number)"
                let status = try await pair.pay(id)
                statuses.withLock { $0[id] = status }
                number += 1
                try await Task.sleep(for: .milliseconds(5))
            }
        }

        func stop() { isOver.withLock { $0 = true } }
    }

    private static let applied = #"waybill_collector_reloads_total{result="applied",what="credentials"}"#
    private static let refused = #"waybill_collector_reloads_total{result="refused",what="credentials"}"#
    private static let untrusted = #"waybill_collector_connections_cut_total{reason="untrusted"}"#

    @Test func leafAndRootsAreRotatedWhileSpansFlow() async throws {
        let pair = try await SecuredPair(try TemporaryDirectory())
        let (certificates, collector) = (pair.certificates, pair.collector)
        let opened = "waybill_collector_wire_sessions_opened_total"
        try await Patience.until("both proxies are there") { try await collector.metric(opened) == 2 }
        let customers = Customers()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await customers.pay(pair) }
            group.addTask {
                defer { customers.stop() }
                // Seen without being told.
                _ = try await certificates.issue("collector", spiffe: SecuredPair.spiffeID("collector"))
                try await Patience.until("the collector has seen its new certificate") {
                    try await collector.metric(Self.applied) ?? 0 >= 1
                }
                try await certificates.makeAuthority("next")
                try certificates.trust(["authority", "next"])
                try await pair.allReadAnew()
                for name in SecuredPair.proxied + ["collector"] {
                    _ = try await certificates.issue(name, spiffe: SecuredPair.spiffeID(name), by: "next")
                }
                try await pair.allReadAnew()
                // Who was let in may stay, as long as a root vouches for it.
                #expect(try await collector.metric(opened) == 2)
                #expect(try await collector.metric(Self.untrusted) == 0)
                try certificates.trust(["next"])
                try await pair.allReadAnew()
                try await Patience.until("both proxies have come again") { try await collector.metric(opened) == 4 }
                #expect(try await collector.metric(Self.untrusted) == 2)
            }
            try await group.waitForAll()
        }
        let statuses = customers.statuses.withLock { $0 }
        #expect(!statuses.isEmpty && statuses.values.allSatisfy { $0 == 200 })
        for id in statuses.keys {
            // A request that met a connection as it went away is sent on another: that is a span more, and none less.
            try await Patience.until("the journey of \(id) is whole") {
                guard let journey = try await collector.journey(id) else { return false }
                return journey.completeness.verdict == .complete && journey.hops.last?.callee != nil
            }
        }
        #expect(try await pair.metrics("waybill_exporter_dropped_spans_total") == [0, 0])
        #expect(try await collector.metric(#"waybill_collector_wire_errors_total{code="handshake_failed"}"#) == 0)
        #expect(try await collector.metric("waybill_store_gaps") == 0)
        let log = collector.process.errors
        #expect(log.contains("certificate, key and roots are read anew"))
        #expect(log.contains("connections are ended: their peers were trusted for roots that are gone"))
        try await pair.stop()
    }

    /// OpenTelemetry's own exporter comes in by gRPC before and after, under the root of the day.
    @Test(.enabled(if: OTLPGRPCTLSTests.isUsable)) func otherSendersFindTheNewRoots() async throws {
        let directory = try TemporaryDirectory()
        let (certificates, collector) = try await Self.secured(directory)
        let port = String(collector.grpc.split(separator: ":")[1])
        func export(_ files: (chain: String, key: String), _ transaction: String) async throws -> [String] {
            let answer = try await PythonScript.object(
                "grpc_tls.py", [port, certificates.roots, files.chain, files.key, transaction])
            return try #require(answer["results"] as? [String])
        }
        let old = try await certificates.issue("teller", spiffe: SecuredPair.spiffeID("teller"))
        #expect(try await export(old, "ROOT-1") == ["SUCCESS"])
        let silent = try await Self.connect(collector.grpc, old, certificates, protocols: ["h2"])
        try await certificates.makeAuthority("next")
        try certificates.trust(["next"])
        _ = try await certificates.issue("collector", spiffe: SecuredPair.spiffeID("collector"), by: "next")
        try await collector.readAnew()
        let new = try await certificates.issue("clerk", spiffe: SecuredPair.spiffeID("clerk"), by: "next")
        #expect(try await export(new, "ROOT-2") == ["SUCCESS"])
        for transaction in ["ROOT-1", "ROOT-2"] { #expect(try await collector.journey(transaction) != nil) }
        // Who was let in by the old root goes, and does not come in again.
        try await silent.closeFuture.get()
        try await Patience.until("it is counted") { try await collector.metric(Self.untrusted) ?? 0 >= 1 }
        try await Self.connect(collector.wire, old, certificates).closeFuture.get()
        try await Patience.until("it is refused") {
            try await collector.metric(#"waybill_collector_wire_errors_total{code="handshake_failed"}"#) == 1
        }
        #expect(try await collector.metric(#"waybill_collector_tls_handshakes_failed_total{listener="wire"}"#) == 1)
        let sentence = "a TLS handshake on the wire listener failed: the other side's certificate has ended"
        #expect(collector.process.errors.contains(sentence))
        try await collector.stop()
    }

    /// What does not fit together is refused and told once, and the old certificate goes on serving.
    @Test func whatIsTornOrWrongIsRefused() async throws {
        let directory = try TemporaryDirectory()
        let (certificates, collector) = try await Self.secured(directory)
        let spiffe = SecuredPair.spiffeID("collector")
        let isRefusing = "waybill_collector_credentials_refused"
        let brief = try await certificates.issue("brief", spiffe: SecuredPair.spiffeID("brief"), to: Date() + 4)
        let guest = try await Self.connect(collector.wire, brief, certificates)
        let end = "waybill_collector_certificate_not_after_timestamp_seconds"
        let first = try await collector.metric(end)
        let (chain, key) = (directory.file("collector.pem"), directory.file("collector.key"))
        func isRefused(_ reason: String) async throws {
            let before = try await collector.metric(Self.refused) ?? 0
            // As often as it is asked for: what is looked at of itself may have been looked at already.
            collector.process.send(SIGHUP)
            try await Patience.until("it is refused: \(reason)") {
                let count = try await collector.metric(Self.refused) ?? 0
                return count > before && collector.process.errors.contains(reason)
            }
            #expect(collector.process.errors.contains("new certificates are refused and the old ones go on serving: "))
            #expect(try await collector.metric(isRefusing) == 1)
            #expect(try await collector.metric(end) == first)
        }
        func isTaken() async throws {
            try await collector.readAnew()
            #expect(try await collector.metric(isRefusing) == 0)
        }
        let text = try String(contentsOfFile: key, encoding: .utf8)

        let other = try await certificates.issue("teller", spiffe: SecuredPair.spiffeID("teller"))
        try Self.replace(key, by: try String(contentsOfFile: other.key, encoding: .utf8))
        try await isRefused("the certificate chain in \(chain) and the key in \(key) do not fit together")
        try Self.replace(key, by: "-----BEGIN PRIVATE KEY-----\nMIG")
        try await isRefused("\(key) does not hold a private key in PEM form")
        try FileManager.default.removeItem(atPath: key)
        try await isRefused("cannot read \(key): No such file or directory")
        try Self.replace(key, by: text)
        try await isTaken()

        let roots = try String(contentsOfFile: certificates.roots, encoding: .utf8)
        try Self.replace(certificates.roots, by: "")
        try await isRefused("\(certificates.roots) does not hold certificates in PEM form")
        try Self.replace(certificates.roots, by: roots)
        try await isTaken()

        _ = try await certificates.issue("collector", spiffe: spiffe, days: -1)
        try await isRefused("Z: issue a new one")
        _ = try await certificates.issue("collector", spiffe: SecuredPair.spiffeID("teller"))
        try await isRefused("\(chain) is that of \(SecuredPair.spiffeID("teller")); the one that serves is that of")
        // An authority's clock may be ahead: what is refused today is taken when its time has come.
        let before = try await collector.metric(Self.applied) ?? 0
        _ = try await certificates.issue("collector", spiffe: spiffe, days: 2, from: Date() + 3)
        collector.process.send(SIGHUP)
        try await Patience.until("the certificate's time has come") {
            try await collector.metric(Self.applied) ?? 0 > before
        }
        #expect(collector.process.errors.contains("Z on: wait for it, or set this machine's clock"))
        #expect(try await collector.metric(isRefusing) == 0)
        #expect(try await collector.metric(end) ?? 0 > first ?? 0)
        // Whatever becomes of its own, the collector looks at its peers'.
        try await guest.closeFuture.get()
        try await Patience.until("it is told") {
            let count = try await collector.metric(#"waybill_collector_connections_cut_total{reason="expired"}"#)
            return count == 1
                && collector.process.errors.contains("connections are ended: their peers' certificates are over")
        }
        try await collector.stop()
    }

    @Test func withoutCertificatesThereIsNothingToRead() async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        collector.process.send(SIGHUP)
        try await Patience.until("it says so") {
            collector.process.errors.contains("there is nothing to read anew: the collector has no certificates")
        }
        #expect(try await collector.metric("waybill_collector_certificate_not_after_timestamp_seconds") == 0)
        try await collector.stop()
    }

    private static func secured(_ directory: TemporaryDirectory) async throws -> (TestCertificates, RunningCollector) {
        let certificates = try await TestCertificates(directory)
        let own = try await certificates.issue("collector", spiffe: SecuredPair.spiffeID("collector"))
        let collector = try await RunningCollector(
            data: directory.file("data"),
            arguments: [
                "--otlp-grpc-tls", "--tls-certificate", own.chain, "--tls-key", own.key, "--tls-roots",
                certificates.roots, "--trust-domain", "bank.example",
            ])
        return (certificates, collector)
    }

    /// Somebody who shows a certificate and says nothing.
    private static func connect(
        _ address: String, _ files: (chain: String, key: String), _ certificates: TestCertificates,
        protocols: [String] = []
    ) async throws -> any Channel {
        let context = try TLS.clientContext(
            TLSFiles(certificateChain: files.chain, privateKey: files.key, roots: certificates.roots),
            protocols: protocols)
        let parts = address.split(separator: ":")
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        TLS.clientHandlers(context: context, verifying: .anyIn("bank.example")) + [ClosingHandler()])
                }
            }
            .connect(host: String(parts[0]), port: try #require(Int(parts[1]))).get()
    }

    private final class ClosingHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private static func replace(_ path: String, by text: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
}
