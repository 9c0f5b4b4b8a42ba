import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing
import Transport

/// OTLP/gRPC over mutual TLS, with OpenTelemetry's own exporter: who is of the trust domain is let in, under its name.
@Suite(.serialized, .timeLimit(.minutes(2))) struct OTLPGRPCTLSTests {
    static let isUsable = PythonSDKTests.isUsable

    @Test(.enabled(if: isUsable)) func onlyPeersOfTheTrustDomainAreServed() async throws {
        let directory = try TemporaryDirectory()
        let authority = try await TestCertificates(directory)
        let collectors = try await authority.issue("collector", spiffe: "spiffe://bank.example/ns/core/sa/collector")
        let teller = try await authority.issue("teller", spiffe: "spiffe://bank.example/ns/core/sa/teller")
        let stranger = try await authority.issue("stranger", spiffe: "spiffe://other.example/ns/core/sa/teller")
        let collector = try await RunningCollector(
            data: directory.file("data"),
            arguments: [
                "--otlp-grpc-tls", "--tls-certificate", collectors.chain, "--tls-key", collectors.key, "--tls-roots",
                authority.roots, "--trust-domain", "bank.example",
            ])
        let port = String(collector.grpc.split(separator: ":")[1])
        func export(_ chain: String, _ key: String, _ transaction: String) async throws -> [String] {
            let answer = try await PythonScript.object(
                "grpc_tls.py", [port, authority.roots, chain, key, transaction])
            return try #require(answer["results"] as? [String])
        }
        #expect(try await export(teller.chain, teller.key, "TLS-1") == ["SUCCESS"])
        let journey = try #require(try await collector.journey("TLS-1"))
        let source = try #require(journey.hops.first?.callee?.source)
        #expect(source.principal == "spiffe://bank.example/ns/core/sa/teller" && source.door == "otlp-grpc")
        #expect(try await export(stranger.chain, stranger.key, "TLS-2") == ["FAILURE"])
        #expect(try await export("-", "-", "TLS-3") == ["FAILURE"])
        for transaction in ["TLS-2", "TLS-3"] { #expect(try await collector.journey(transaction) == nil) }
        // Without TLS nobody is understood.
        let plain = try RawConnection(collector.grpc)
        plain.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        #expect(!plain.receive().contains("HTTP"))
        // Whoever runs the collector reads why.
        try await Patience.until("each refusal is counted") {
            let failed = #"waybill_collector_tls_handshakes_failed_total{listener="otlp-grpc"}"#
            return try await collector.metric(failed) ?? 0 >= 3
        }
        for reason in [
            "the peer is spiffe://other.example/ns/core/sa/teller", "the other side showed no certificate",
            "the other side spoke something else than TLS",
        ] {
            let sentence = "a TLS handshake on the otlp-grpc listener failed: \(reason)"
            let log = collector.process.errors
            #expect(log.components(separatedBy: sentence).count == 2, "\(log)")
        }
        try await collector.stop()
    }

    /// A connection beyond the limit is told so where its client can read it: behind the handshake.
    @Test(arguments: [true, false])
    func oneConnectionTooManyIsToldThroughTLS(isGRPC: Bool) async throws {
        let directory = try TemporaryDirectory()
        let authority = try await TestCertificates(directory)
        let collectors = try await authority.issue("collector", spiffe: "spiffe://bank.example/ns/core/sa/collector")
        let teller = try await authority.issue("teller", spiffe: "spiffe://bank.example/ns/core/sa/teller")
        let file = directory.file("collector.yaml")
        try "limits: { connections: 1 }\n".write(toFile: file, atomically: true, encoding: .utf8)
        let collector = try await RunningCollector(
            data: directory.file("data"),
            arguments: (isGRPC ? ["--otlp-grpc-tls"] : []) + [
                "--config", file, "--tls-certificate", collectors.chain, "--tls-key", collectors.key,
                "--tls-roots", authority.roots, "--trust-domain", "bank.example",
            ])
        // This client keeps its connection.
        #expect(try await collector.get("/healthz").status == 200)
        let context = try TLS.clientContext(
            TLSFiles(certificateChain: teller.chain, privateKey: teller.key, roots: authority.roots),
            protocols: isGRPC ? ["h2"] : [])
        let told = Told()
        let address = (isGRPC ? collector.grpc : collector.wire).split(separator: ":")
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        TLS.clientHandlers(context: context, verifying: .anyIn("bank.example"))
                            + [TellingHandler(told)])
                }
            }
            .connect(host: String(address[0]), port: try #require(Int(address[1]))).get()
        // The first bytes of either protocol; HELLO as `Schemas/wire.md` has it.
        let hello: [UInt8] =
            Array("WAYB".utf8) + [1, 0, 0, 0, 1, 0, 0, 0, 20, 0, 0, 0, 5, 0x90, 0x2F, 0x89]
            + [8, 7, 6, 5, 4, 3, 2, 1, 0xAC, 2, 0, 3, 7, 0x70, 0x72, 0x6F, 0x78, 0x79, 0x2D, 0x37]
        let first = isGRPC ? Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) : hello
        try await channel.writeAndFlush(ByteBuffer(bytes: first))
        try await channel.closeFuture.get()
        #expect(told.text.withLock { $0 }.contains("(limit connections)"))
        try await collector.stop()
    }
}

private final class Told: Sendable {
    let text = Mutex("")
}

private final class TellingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let told: Told

    init(_ told: Told) { self.told = told }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let text = String(buffer: unwrapInboundIn(data))
        told.text.withLock { $0 += text }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
