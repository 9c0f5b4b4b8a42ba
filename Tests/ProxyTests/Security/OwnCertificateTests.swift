import Foundation
import Logging
import Mesh
import Proxy
import Testing

extension ProxyTests {
    /// What a proxy shows to others is looked at before others see it.
    @Suite(.serialized)
    struct OwnCertificate {
        private func configuration(_ identity: MeshIdentity) -> ProxyConfiguration {
            var configuration = TestProxy.configuration([1], inbound: true)
            configuration.identity = identity
            configuration.inbound?.security = .mutualTLS
            return configuration
        }

        private func refusal(_ identity: MeshIdentity) -> String? {
            do {
                try ProxyServer.check(configuration(identity))
                return nil
            } catch {
                return "\(error)"
            }
        }

        /// Who fails tries again at once, and again: the log says why, and is not filled with it.
        @Test func handshakesThatFailAreToldOnce() async throws {
            let certificates = try TestCertificates()
            let lines = LogLines()
            let proxy = try await TestProxy(configuration(try certificates.identity("ledger")), lines: lines)
            let failed = "waybill_proxy_tls_handshakes_failed_total"
            for count in 1...3 {
                let client = try RawSocket.connect(proxy.inbound)
                try client.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                try await eventually("it fails") { proxy.counter(failed) >= Double(count) }
                client.close()
            }
            #expect(proxy.counter(failed) == 3)
            #expect(
                lines.all == [
                    "warning a TLS handshake on the inbound listener failed: the other side spoke HTTP without TLS"
                ])
            try await proxy.stop()
            withExtendedLifetime(certificates) {}
        }

        @Test func thatOfAnotherWorkloadIsRefused() throws {
            let certificates = try TestCertificates()
            var identity = try certificates.identity("ledger")
            #expect(refusal(identity) == nil)
            identity.spiffeID = "spiffe://bank.test/payments"
            let path = identity.certificateChain
            #expect(
                refusal(identity)
                    == "the certificate in \(path) is that of spiffe://bank.test/ledger; "
                    + "identity.spiffeID is spiffe://bank.test/payments")
            identity.certificateChain = identity.roots
            identity.privateKey = "\(certificates.directory)/ca.key"
            #expect(
                refusal(identity)
                    == "the certificate in \(identity.roots) names no workload; "
                    + "identity.spiffeID is spiffe://bank.test/payments")
        }

        @Test func oneThatHasEndedIsRefused() throws {
            let certificates = try TestCertificates()
            let identity = try certificates.identity("ledger", days: -1)
            let reason = try #require(refusal(identity))
            #expect(reason.hasPrefix("the certificate in \(identity.certificateChain) ended at 20"))
            #expect(reason.hasSuffix("Z: issue a new one"))
            withExtendedLifetime(certificates) {}
        }

        @Test func oneThatHasEndedDoesNotTakeThePlaceOfAGoodOne() async throws {
            let certificates = try TestCertificates()
            let identity = try certificates.identity("ledger")
            let proxy = try await TestProxy(configuration(identity))
            let end = proxy.counter("waybill_proxy_certificate_not_after_timestamp_seconds")
            _ = try certificates.identity("ledger", days: -1)
            let refused = #"waybill_proxy_reloads_total{result="refused",what="credentials"}"#
            try await eventually("it is refused") { proxy.counter(refused) >= 1 }
            #expect(proxy.counter("waybill_proxy_certificate_not_after_timestamp_seconds") == end)
            try await proxy.stop()
            withExtendedLifetime(certificates) {}
        }

        /// An authority's clock may be ahead: what is refused is taken when its time has come, though nobody touches it.
        @Test func oneThatIsNotValidYetIsTakenInTime() async throws {
            let certificates = try TestCertificates()
            let lines = LogLines()
            let proxy = try await TestProxy(configuration(try certificates.identity("ledger")), lines: lines)
            let end = proxy.counter("waybill_proxy_certificate_not_after_timestamp_seconds")
            _ = try certificates.identity("ledger", days: 3, startingInSeconds: 3)
            try await eventually("it is taken") {
                proxy.counter("waybill_proxy_certificate_not_after_timestamp_seconds") > end
            }
            #expect(lines.all.contains { $0.hasSuffix("on: wait for it, or set this machine's clock") })
            try await proxy.stop()
            withExtendedLifetime(certificates) {}
        }
    }
}
