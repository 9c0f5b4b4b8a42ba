import Foundation
import Testing

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
        try await collector.stop()
    }
}
