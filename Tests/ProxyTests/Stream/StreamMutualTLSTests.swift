import Glibc
import Mesh
import Synchronization
import Telemetry
import Testing
import Transport

extension ProxyTests {
    @Suite(.serialized)
    struct StreamMutualTLS {
        @Test func bytesPassWholeAndEachSideEndsAlone() async throws {
            let content = FlowControl.pattern(3_000_000)
            let upstream = try TestUpstream { socket, _ in
                try socket.write("hello\n")
                try socket.write(socket.readToEnd())
                socket.finishSending()
            }
            try await TestStream.pair(upstream) { outbound, inbound in
                let client = try RawSocket.connect(outbound.stream)
                #expect(try client.readLine() == "hello")
                try client.write(content)
                client.finishSending()
                #expect(try client.readToEnd() == content)
                let call = try #require(try await outbound.sink.spans(1).first)
                let service = try #require(try await inbound.sink.spans(1).first)
                #expect(call.kind == .client && service.kind == .server)
                #expect(call.status.code == 0 && service.status.code == 0, "\(call.status) \(service.status)")
                #expect(call.text("waybill.peer.principal") == "spiffe://bank.test/ledger")
                #expect(service.text("waybill.peer.principal") == "spiffe://bank.test/payments")
                for span in [call, service] {
                    #expect(span.attributes.first("waybill.stream.received_bytes") == .int(3_000_000))
                    #expect(span.attributes.first("waybill.stream.sent_bytes") == .int(3_000_006))
                }
            }
        }

        @Test func anUpstreamOfAnotherNameIsNotSpokenTo() async throws {
            let isReached = Flag()
            let upstream = try TestUpstream { socket, _ in if try !socket.readToEnd().isEmpty { isReached.set() } }
            let other = PeerExpectation(spiffeID: "spiffe://bank.test/other")
            try await TestStream.pair(upstream, caller: { $0.clusters[0].tls = other }) { outbound, inbound in
                let client = try RawSocket.connect(outbound.stream)
                try client.write("secret\n")
                #expect(throws: RawSocket.Closed.self) { try client.readLine() }
                let span = try #require(try await outbound.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "UF")
                _ = try await inbound.sink.spans(1)
            }
            #expect(!isReached.isSet)
        }

        @Test func whoMayConnectIsDecidedInTheHandshake() async throws {
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            try await TestStream.pair(upstream, listener: { $0.accept = ["spiffe://bank.test/other"] }) {
                outbound, inbound in
                let client = try RawSocket.connect(outbound.stream)
                #expect(try client.isClosedByPeer())
                let span = try #require(try await inbound.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "DC")
                #expect(inbound.counter("waybill_proxy_tls_handshakes_failed_total") == 1)
            }
            #expect(upstream.connections == 0)
        }

        @Test func aRevokedPeerIsCutOffInTheMiddleOfItsStream() async throws {
            let certificates = try #require(MutualTLS.certificates)
            let list = try certificates.revocationList([])
            let upstream = try TestUpstream { socket, _ in
                while true { try socket.write(try socket.readLine() + "!\n") }
            }
            try await TestStream.pair(upstream, callee: { $0.identity?.revocationLists = list }) { outbound, inbound in
                let client = try RawSocket.connect(outbound.stream)
                try client.write("one\n")
                #expect(try client.readLine() == "one!")
                let caller = MeshIdentity(
                    spiffeID: "spiffe://bank.test/payments",
                    certificateChain: "\(certificates.directory)/payments.pem", privateKey: "", roots: "")
                _ = try certificates.revocationList([caller])
                #expect(throws: RawSocket.Closed.self) { try client.readLine() }
                let span = try #require(try await inbound.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "DC")
                #expect(span.status.message == "the client's certificate is revoked")
                #expect(inbound.counter(#"waybill_proxy_connections_cut_total{reason="revoked"}"#) == 1)
                let call = try #require(try await outbound.sink.spans(1).first)
                #expect(call.text("waybill.response_flags") == "UC")
            }
        }

        /// A stream that has been open for longer than its client's certificate lasts. The service answers just then, so
        /// that the stream could end gently in the same moment.
        @Test func anExpiredPeerIsCutOffInTheMiddleOfItsStream() async throws {
            let certificates = try #require(MutualTLS.certificates)
            let end = Mutex(Int64.max)
            let upstream = try TestUpstream { socket, _ in
                let line = try socket.readLine()
                while time(nil) < end.withLock({ $0 }) { usleep(1_000) }
                try socket.write(line + "!\n")
                _ = try socket.readToEnd()
            }
            try await TestStream.pair(
                upstream,
                caller: {
                    let short = try certificates.identity("short", endingInSeconds: 5)
                    let leaf = try TLS.leaf(ofChain: short.certificateChain)
                    end.withLock { $0 = leaf.notAfter }
                    $0.identity = short
                }, listener: { $0.limits.drainIdleMilliseconds = 10 }
            ) { outbound, inbound in
                let client = try RawSocket.connect(outbound.stream)
                try client.write("one\n")
                _ = try client.readToEnd()
                let span = try #require(try await inbound.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == "DC")
                #expect(span.status.message == "the client's certificate has expired")
                #expect(inbound.counter(#"waybill_proxy_connections_cut_total{reason="expired"}"#) == 1)
            }
        }

        @Test func permissiveTakesBothAndWaitsForServersThatSpeakFirst() async throws {
            let upstream = try TestUpstream { socket, _ in
                try socket.write("hello\n")
                while true { try socket.write(try socket.readLine() + "!\n") }
            }
            try await TestStream.pair(
                upstream,
                listener: {
                    $0.security = .permissive
                    $0.permissiveUntil = Instant("2999-01-01T00:00:00Z")
                    $0.limits.helloTimeoutMilliseconds = 100
                }
            ) { outbound, inbound in
                let secure = try RawSocket.connect(outbound.stream)
                #expect(try secure.readLine() == "hello")
                let silent = try RawSocket.connect(inbound.stream)
                #expect(try silent.readLine() == "hello")
                let speaking = try RawSocket.connect(inbound.stream)
                // As a TLS record begins, and yet none.
                try speaking.write([0x16, 3, 1, 0])
                try speaking.write("x0y\n")
                #expect(try speaking.readLine() == "hello")
                #expect(try speaking.read(7) == [0x16, 3, 1, 0] + Array("x0y".utf8))
                for client in [secure, silent, speaking] { client.close() }
                let spans = try await inbound.sink.spans(3)
                #expect(spans.count { $0.attributes.first("waybill.plaintext") == .bool(true) } == 2)
                #expect(spans.count { $0.text("waybill.peer.principal") == "spiffe://bank.test/payments" } == 1)
                #expect(inbound.counter("waybill_proxy_plaintext_connections_total") == 2)
            }
        }

        @Test func afterTheEndOfThePermissionPlainClientsAreRefused() async throws {
            let upstream = try TestUpstream { socket, _ in _ = try socket.readToEnd() }
            try await TestStream.pair(
                upstream,
                listener: {
                    $0.security = .permissive
                    $0.permissiveUntil = Instant("2020-01-01T00:00:00Z")
                }
            ) { _, inbound in
                let client = try RawSocket.connect(inbound.stream)
                try client.write("plain\n")
                #expect(throws: RawSocket.Closed.self) { try client.readLine() }
            }
            #expect(upstream.connections == 0)
        }
    }
}
