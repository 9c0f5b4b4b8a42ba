import Mesh
import Telemetry
import Testing

extension ProxyTests {
    /// Requests that are under way when the certificate of their client ends.
    @Suite(.serialized)
    struct ExpiredPeers {
        @Test func whatIsUnderWayEndsAndSaysWhy() async throws {
            let certificates = try #require(MutualTLS.certificates)
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readHead()
                _ = try socket.isClosedByPeer()
            }
            defer { upstream.stop() }
            var callee = TestProxy.configuration([upstream.port], inbound: true)
            callee.identity = try certificates.identity("ledger")
            callee.inbound?.security = .mutualTLS
            let inbound = try await TestProxy(callee)
            let short = try certificates.identity("short", endingInSeconds: 4)
            var callers: [TestProxy] = []
            var clients: [RawSocket] = []
            for version in [HTTPProtocol.http1, .http2] {
                var caller = TestProxy.configuration([inbound.inbound]) {
                    $0.tls = PeerExpectation()
                    $0.httpProtocol = version
                }
                caller.identity = short
                let outbound = try await TestProxy(caller)
                callers.append(outbound)
                let client = try outbound.connect()
                try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
                clients.append(client)
            }
            for span in try await inbound.sink.spans(2) {
                #expect(span.text("waybill.response_flags") == "DC" && span.status.isError)
                #expect(span.status.message == "the client's certificate has expired")
            }
            for client in clients { #expect([502, 503].contains(try client.readMessage().status)) }
            #expect(inbound.counter(#"waybill_proxy_connections_cut_total{reason="expired"}"#) == 2)
            for outbound in callers { try await outbound.stop() }
            try await inbound.stop()
        }
    }
}
