import Foundation
import Mesh
import Synchronization
import Telemetry
import Testing

extension ProxyTests {
    @Suite(.serialized)
    struct Rotation {
        private static let applied = #"waybill_proxy_reloads_total{result="applied",what="credentials"}"#

        @Test func certificatesChangeUnderLoad() async throws {
            let certificates = try #require(MutualTLS.certificates)
            try await MutualTLS.pair { outbound, inbound in
                let stop = Mutex(false)
                let load = Task.detached {
                    var count = 0
                    while !stop.withLock({ $0 }) {
                        // Fresh connections and kept ones: one more in four requests.
                        let client = try outbound.connect()
                        for _ in 0..<4 {
                            try client.write("POST / HTTP/1.1\r\nhost: ledger\r\ncontent-length: 1\r\n\r\nx")
                            if try client.readMessage().status != 200 { return -1 }
                            count += 1
                        }
                        client.close()
                    }
                    return count
                }
                for round in 1...2 {
                    // Key and certificate change one after the other, and do not fit together in between.
                    _ = try certificates.identity("ledger")
                    _ = try certificates.identity("payments")
                    try await eventually("rotation \(round)") {
                        inbound.counter(Self.applied) >= Double(round)
                            && outbound.counter(Self.applied) >= Double(round)
                    }
                }
                stop.withLock { $0 = true }
                #expect(try await load.value > 0)
                let expiry = inbound.counter("waybill_proxy_certificate_not_after_timestamp_seconds")
                #expect(expiry > 1_700_000_000)
            }
        }

        /// Roots that are withdrawn are so for those who are connected already, too.
        @Test func withdrawnRootsEndKeptConnections() async throws {
            let certificates = try #require(MutualTLS.certificates)
            let others = try TestCertificates()
            let roots = "\(others.directory)/trusted.pem"
            func trust(_ authority: TestCertificates) throws {
                try String(contentsOfFile: "\(authority.directory)/ca.pem", encoding: .utf8)
                    .write(toFile: roots, atomically: true, encoding: .utf8)
            }
            try trust(certificates)
            try await MutualTLS.pair(callee: { $0.identity?.roots = roots }) { outbound, inbound in
                let client = try outbound.connect()
                func ask() throws -> Int {
                    try client.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                    return try client.readMessage().status
                }
                #expect(try ask() == 200)
                #expect(try ask() == 200)
                try trust(others)
                try await eventually("the new roots are read") { inbound.counter(Self.applied) >= 1 }
                // One more answer may come over the old connection, which ends with it.
                let statuses = try (0..<3).map { _ in try ask() }
                #expect([502, 503].contains(statuses.last), "\(statuses)")
                #expect(inbound.counter("waybill_proxy_tls_handshakes_failed_total") >= 1)
            }
        }

        @Test func revokedPeersAreCutOffAtOnce() async throws {
            let certificates = try #require(MutualTLS.certificates)
            let list = try certificates.revocationList([])
            try await MutualTLS.pair(callee: { $0.identity?.revocationLists = list }) { outbound, inbound in
                let client = try outbound.connect()
                try client.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                #expect(try client.readMessage().status == 200)
                // `pair` has made the caller's certificate before: the files still hold it.
                let caller = MeshIdentity(
                    spiffeID: "spiffe://bank.test/payments",
                    certificateChain: "\(certificates.directory)/payments.pem", privateKey: "", roots: "")
                _ = try certificates.revocationList([caller])
                let cut = #"waybill_proxy_connections_cut_total{reason="revoked"}"#
                try await eventually("the connection is cut") { inbound.counter(cut) >= 1 }
                #expect(inbound.counter("waybill_proxy_revoked_certificates") == 1)
                // The first may still meet the end of the old connection.
                try await eventually("it may not come again") {
                    try client.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                    let status = try client.readMessage().status
                    #expect([502, 503].contains(status))
                    return inbound.counter("waybill_proxy_tls_handshakes_failed_total") >= 1
                }
                // Taken back from the list, it may come again.
                _ = try certificates.revocationList([])
                try await eventually("the list is empty") { inbound.counter("waybill_proxy_revoked_certificates") == 0 }
                try client.write("GET / HTTP/1.1\r\nhost: ledger\r\n\r\n")
                #expect(try client.readMessage().status == 200)
            }
        }

        /// Requests and tunnels under way end with the connection, and say why.
        @Test(arguments: [HTTPProtocol.http1, .http2], [false, true])
        func whatIsUnderWayEndsAndSaysWhy(_ version: HTTPProtocol, _ isTunnel: Bool) async throws {
            let certificates = try #require(MutualTLS.certificates)
            let upstream = try TunnelUpstream { $0.field("upgrade") == nil ? "" : TunnelUpstream.agree($0) }
            defer { upstream.stop() }
            var callee = TestProxy.configuration([upstream.port], inbound: true, route: TestProxy.tunnelRoute())
            callee.identity = try certificates.identity("ledger")
            callee.identity?.revocationLists = try certificates.revocationList([])
            callee.inbound?.security = .mutualTLS
            let inbound = try await TestProxy(callee)
            var caller = TestProxy.configuration([inbound.inbound], route: TestProxy.tunnelRoute()) {
                $0.tls = PeerExpectation()
                $0.httpProtocol = version
            }
            let revoked = try certificates.identity("payments")
            caller.identity = revoked
            let outbound = try await TestProxy(caller)
            let client = try outbound.connect()
            if isTunnel {
                #expect(try client.openWebSocket().status == 101)
            } else {
                try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
                try await eventually("the request is there") { upstream.server.connections == 1 }
            }
            _ = try certificates.revocationList([revoked])
            let span = try #require(try await inbound.sink.spans(1).first)
            #expect(span.text("waybill.response_flags") == "DC" && span.status.isError)
            #expect(span.status.message == "the client's certificate is revoked")
            #expect(span.text("waybill.tunnel.ended_by") == (isTunnel ? "proxy" : nil))
            #expect(try await outbound.sink.spans(1).count == 1)
            try await outbound.stop()
            try await inbound.stop()
        }

        /// A list that somebody has changed, or an older one, frees nobody; certificates are renewed all the same.
        @Test func tamperedListsFreeNobody() async throws {
            let certificates = try #require(MutualTLS.certificates)
            let caller = try certificates.identity("payments")
            let list = try certificates.revocationList([caller])
            let refused = #"waybill_proxy_reloads_total{result="refused",what="revocation-lists"}"#
            try await MutualTLS.pair(callee: { $0.identity?.revocationLists = list }) { _, inbound in
                #expect(inbound.counter("waybill_proxy_revoked_certificates") == 1)
                let sound = try String(contentsOfFile: list, encoding: .utf8)
                let middle = sound.index(sound.startIndex, offsetBy: sound.count / 2)
                let other: Character = sound[middle] == "A" ? "B" : "A"
                let tampered = sound.replacingCharacters(in: middle...middle, with: String(other))
                try tampered.write(toFile: list, atomically: true, encoding: .utf8)
                try await eventually("the tampered list is refused") { inbound.counter(refused) == 1 }
                #expect(inbound.counter("waybill_proxy_revoked_certificates") == 1)
                _ = try certificates.revocationList(
                    [], times: "-crl_lastupdate 20200101000000Z -crl_nextupdate 20200108000000Z")
                try await eventually("the older list is refused") { inbound.counter(refused) == 2 }
                #expect(inbound.counter("waybill_proxy_revoked_certificates") == 1)
                let before = inbound.counter(Self.applied)
                _ = try certificates.identity("ledger")
                try await eventually("the certificate is renewed") { inbound.counter(Self.applied) > before }
            }
        }

        @Test func anExpiredListGoesOnServingAndIsTold() async throws {
            let certificates = try #require(MutualTLS.certificates)
            let list = try certificates.revocationList(
                [try certificates.identity("other")],
                times: "-crl_lastupdate 20200101000000Z -crl_nextupdate 20200108000000Z")
            try await MutualTLS.pair(callee: { $0.identity?.revocationLists = list }) { _, inbound in
                let expired = "waybill_proxy_revocation_lists_expired"
                try await eventually("it is told") { inbound.counter(expired) == 1 }
                #expect(inbound.counter("waybill_proxy_revoked_certificates") == 1)
                let due = "waybill_proxy_revocation_list_next_update_timestamp_seconds"
                #expect(inbound.counter(due) == 1_578_441_600)
                _ = try certificates.revocationList([])
                try await eventually("a new one is there") { inbound.counter(expired) == 0 }
            }
        }

        @Test func listsThatNobodyVouchesForDoNotStart() async throws {
            let (ours, others) = (try TestCertificates(), try TestCertificates())
            var configuration = TestProxy.configuration([1], inbound: true)
            configuration.identity = try ours.identity("ledger")
            configuration.identity?.revocationLists = try others.revocationList([])
            configuration.inbound?.security = .mutualTLS
            await #expect(throws: (any Error).self) { try await TestProxy(configuration) }
        }
    }
}
