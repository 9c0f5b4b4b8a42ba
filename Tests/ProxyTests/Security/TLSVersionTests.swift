import Mesh
import Testing

extension ProxyTests {
    /// Which TLS is spoken, as another implementation finds it.
    @Suite(.serialized)
    struct TLSVersions {
        private static let taken = [
            "-tls1_3", "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256", "-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305",
        ]
        /// `SECLEVEL=0`: the client itself would take them.
        private static let refused = [
            "-tls1 -cipher ALL:@SECLEVEL=0", "-tls1_1 -cipher ALL:@SECLEVEL=0",
            "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", "-tls1_2 -cipher ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0",
        ]

        @Test func onlyNewVersionsAndAShortListOfSuites() async throws {
            let certificates = try TestCertificates()
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "in") }
            defer { upstream.stop() }
            var callee = TestProxy.configuration([upstream.port], inbound: true)
            callee.identity = try certificates.identity("ledger")
            callee.inbound?.security = .mutualTLS
            let inbound = try await TestProxy(callee)
            let caller = try certificates.identity("payments")
            for (options, isTaken) in Self.taken.map({ ($0, true) }) + Self.refused.map({ ($0, false) }) {
                let answer = try certificates.speak(
                    "GET / HTTP/1.1\r\nhost: ledger\r\nconnection: close\r\n\r\n",
                    "-connect 127.0.0.1:\(inbound.inbound) -ign_eof -cert \(caller.certificateChain) "
                        + "-key \(caller.privateKey) -CAfile \(caller.roots) \(options)")
                #expect(answer.contains("200 OK") == isTaken, "\(options): \(answer)")
            }
            #expect(inbound.counter("waybill_proxy_tls_handshakes_failed_total") == Double(Self.refused.count))
            try await inbound.stop()
        }
    }
}
