import Mesh
import Telemetry
import Testing
import Transport

extension ProxyTests {
    /// Authorities between the roots and the workloads can be revoked too.
    @Suite(.serialized)
    struct RevokedAuthority {
        @Test func whoWasSignedByARevokedAuthorityIsCutOffAndRefused() async throws {
            let certificates = try TestCertificates()
            try certificates.authority("branch")
            let list = try certificates.revocationList([])
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "in") }
            defer { upstream.stop() }
            var callee = TestProxy.configuration([upstream.port], inbound: true)
            callee.identity = try certificates.identity("ledger")
            callee.identity?.revocationLists = list
            callee.inbound?.security = .mutualTLS
            let inbound = try await TestProxy(callee)
            func caller(_ name: String, signedBy authority: String) async throws -> TestProxy {
                var caller = TestProxy.configuration([inbound.inbound], cluster: { $0.tls = PeerExpectation() })
                caller.identity = try certificates.identity(name, signedBy: authority)
                return try await TestProxy(caller)
            }
            let branch = try await caller("payments", signedBy: "branch")
            let direct = try await caller("cards", signedBy: "ca")
            func get(_ proxy: TestProxy) throws -> Int {
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                return try client.readMessage().status
            }
            #expect(try get(branch) == 200)
            #expect(try get(direct) == 200)
            let authority = MeshIdentity(
                spiffeID: "", trustDomain: "", certificateChain: "\(certificates.directory)/branch.pem",
                privateKey: "", roots: "")
            _ = try certificates.revocationList([authority])
            // The connection that is open, and every further one.
            try await inbound.wait("the connection is cut") {
                $0.counter(#"waybill_proxy_connections_cut_total{reason="revoked"}"#) == 1
            }
            #expect([502, 503].contains(try get(branch)))
            #expect(try get(direct) == 200)
            try await inbound.wait("the refusal is recorded") { proxy in
                proxy.sink.all.contains {
                    $0.span.name == "connection" && $0.span.status.message == "the certificate of O=branch is revoked"
                }
            }
            for proxy in [branch, direct, inbound] { try await proxy.stop() }
        }

        /// The callee's authority is revoked: its callers do not speak to it.
        @Test func theOtherWayRoundToo() async throws {
            let certificates = try TestCertificates()
            try certificates.authority("branch")
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "in") }
            defer { upstream.stop() }
            var callee = TestProxy.configuration([upstream.port], inbound: true)
            callee.identity = try certificates.identity("ledger", signedBy: "branch")
            callee.inbound?.security = .mutualTLS
            let inbound = try await TestProxy(callee)
            let authority = MeshIdentity(
                spiffeID: "", trustDomain: "", certificateChain: "\(certificates.directory)/branch.pem",
                privateKey: "", roots: "")
            var caller = TestProxy.configuration([inbound.inbound], cluster: { $0.tls = PeerExpectation() })
            caller.identity = try certificates.identity("payments")
            caller.identity?.revocationLists = try certificates.revocationList([authority])
            let outbound = try await TestProxy(caller)
            let client = try outbound.connect()
            try client.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
            let answer = try client.readMessage()
            #expect(answer.status == 503 && answer.text.contains("the certificate of O=branch is revoked"))
            for proxy in [outbound, inbound] { try await proxy.stop() }
        }

        private static func ledger(
            _ upstream: TestUpstream, _ certificates: TestCertificates, _ list: String
        ) async throws -> TestProxy {
            var callee = TestProxy.configuration([upstream.port], inbound: true)
            callee.identity = try certificates.identity("ledger")
            callee.identity?.revocationLists = list
            callee.inbound?.security = .mutualTLS
            return try await TestProxy(callee)
        }

        /// - Parameter option: What becomes of the session's file: `-sess_out` writes it, `-sess_in` goes on with it.
        private static func get(
            _ proxy: TestProxy, _ version: String, as caller: MeshIdentity, _ certificates: TestCertificates,
            _ option: String
        ) throws -> String {
            try certificates.speak(
                "GET / HTTP/1.1\r\nhost: ledger\r\nconnection: close\r\n\r\n",
                "-connect 127.0.0.1:\(proxy.inbound) \(version) -ign_eof -cert \(caller.certificateChain) "
                    + "-key \(caller.privateKey) -CAfile \(caller.roots) \(option) "
                    + "\(certificates.directory)/session.pem")
        }

        /// In a session that is resumed no certificate is shown: who it was is remembered, and asked about all the same.
        @Test(arguments: ["-tls1_2", "-tls1_3"])
        func aSessionThatIsResumedDoesNotOutliveItsCertificate(_ version: String) async throws {
            let certificates = try TestCertificates()
            let list = try certificates.revocationList([])
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "in") }
            defer { upstream.stop() }
            let inbound = try await Self.ledger(upstream, certificates, list)
            let caller = try certificates.identity("payments")
            func get(_ option: String) throws -> String {
                try Self.get(inbound, version, as: caller, certificates, option)
            }
            let first = try get("-sess_out")
            #expect(first.contains("New, TLS") && first.contains("200 OK"), "\(first)")
            let again = try get("-sess_in")
            #expect(again.contains("Reused, TLS") && again.contains("200 OK"), "\(again)")
            _ = try certificates.revocationList([caller])
            try await inbound.wait("the list is read") { $0.counter("waybill_proxy_revoked_certificates") == 1 }
            let revoked = try get("-sess_in")
            #expect(!revoked.contains("200 OK"), "\(revoked)")
            try await inbound.stop()
        }

        /// Only so many chains are remembered. Whose is forgotten must show it again where a list may name it.
        @Test(arguments: ["-tls1_2", "-tls1_3"])
        func aSessionWhoseChainIsForgottenIsNotResumedWhereThereAreLists(_ version: String) async throws {
            let certificates = try TestCertificates()
            let list = try certificates.revocationList([try certificates.identity("cards")])
            let upstream = try TestUpstream.answering { _, _ in TestUpstream.response("200 OK", "in") }
            defer { upstream.stop() }
            let inbound = try await Self.ledger(upstream, certificates, list)
            let caller = try certificates.identity("payments")
            func get(_ option: String) throws -> String {
                try Self.get(inbound, version, as: caller, certificates, option)
            }
            #expect(try get("-sess_out").contains("200 OK"))
            let again = try get("-sess_in")
            #expect(again.contains("Reused, TLS") && again.contains("200 OK"), "\(again)")
            for number in 0..<VerifiedChains.maximumCount {
                VerifiedChains.remember(VerifiedChain(), of: Array("\(number)".utf8))
            }
            let forgotten = try get("-sess_in")
            #expect(!forgotten.contains("200 OK"), "\(forgotten)")
            let reason = "a certificate of the peer's chain cannot be compared with the revocation lists"
            try await inbound.wait("it is told why") { $0.sink.all.contains { $0.span.status.message == reason } }
            // A session of its own brings the chain again.
            #expect(try get("-sess_out").contains("200 OK"))
            try await inbound.stop()
        }
    }
}
