import Glibc
import Mesh
import Telemetry
import Testing

extension ProxyTests {
    /// `Upgrade` in HTTP/1.1: who may, and what passes when both sides have switched.
    @Suite(.serialized)
    struct Upgrades {
        @Test func bytesPassBothWaysUntilBothHaveEnded() async throws {
            let upstream = try TunnelUpstream { TunnelUpstream.agree($0) + "early" }
            try await TestProxy.withTunnels(upstream, inbound: true) { proxy in
                let client = try proxy.connect()
                let answer = try client.openWebSocket("behind")
                #expect(answer.startLine == "HTTP/1.1 101 Switching Protocols")
                #expect(answer.field("upgrade") == "websocket" && answer.field("connection") == "upgrade")
                #expect(answer.field("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                #expect(answer.field("content-length") == nil && answer.field("transfer-encoding") == nil)
                #expect(try client.read(5) == Array("early".utf8))
                let (head, server) = try await upstream.next()
                #expect(head.startLine == "GET /chat?room=1 HTTP/1.1")
                #expect(head.fields("upgrade") == ["websocket"] && head.fields("connection") == ["upgrade"])
                #expect(head.field("sec-websocket-version") == "13" && head.field("traceparent") != nil)
                #expect(try server.read(6) == Array("behind".utf8))
                #expect(proxy.openTunnels == 1)
                for text in ["one", "two"] {
                    try client.write(text)
                    #expect(try server.read(3) == Array(text.utf8))
                    try server.write(text + "!")
                    #expect(try client.read(4) == Array((text + "!").utf8))
                }
                // Each direction ends on its own.
                client.finishSending()
                #expect(try server.isClosedByPeer())
                try server.write("bye")
                #expect(try client.read(3) == Array("bye".utf8))
                server.finishSending()
                #expect(try client.isClosedByPeer())
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("http.response.status_code") == "101")
                #expect(span.text("waybill.tunnel") == "websocket")
                #expect(span.text("waybill.tunnel.received_bytes") == "12")
                #expect(span.text("waybill.tunnel.sent_bytes") == "16")
                #expect(span.text("waybill.tunnel.ended_by") == "client")
                #expect(span.text("waybill.response_flags") == nil && !span.status.isError)
                try await proxy.tunnelsEnd()
            }
        }

        @Test(arguments: ["200 OK", "426 Upgrade Required"])
        func anUpstreamThatDoesNotSwitch(_ status: String) async throws {
            let upstream = try TestUpstream.answering { request, _ in
                TestUpstream.response(
                    status, request.startLine, request.field("upgrade") == nil ? "x-plain: 1\r\n" : "")
            }
            try await TestProxy.with(upstream, route: TestProxy.tunnelRoute()) { proxy in
                let client = try proxy.connect()
                // What follows is the next request then, and no bytes for anyone else.
                try client.write(RawSocket.handshake + "GET /next HTTP/1.1\r\nhost: a\r\n\r\n")
                let answer = try client.readMessage()
                #expect(answer.startLine == "HTTP/1.1 \(status)" && answer.text == "GET /chat?room=1 HTTP/1.1")
                let next = try client.readMessage()
                #expect(next.text == "GET /next HTTP/1.1" && next.field("x-plain") == "1")
                let spans = try await proxy.sink.spans(2)
                #expect(spans.allSatisfy { $0.text("waybill.tunnel") == nil })
                try await proxy.tunnelsEnd()
            }
        }

        @Test func whatTheRouteDoesNotTake() async throws {
            let upstream = try TestUpstream.answering { request, _ in
                TestUpstream.response("200 OK", request.field("upgrade") ?? "none")
            }
            try await TestProxy.with(upstream, route: TestProxy.tunnelRoute(["proto"])) { proxy in
                let client = try proxy.connect()
                // Optional ones are ignored.
                for name in ["h2c", "TLS/1.2", "proto/2"] {
                    try client.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: \(name)\r\n\r\n")
                    let answer = try client.readMessage()
                    #expect(answer.status == 200 && answer.text == "none")
                }
                // HTTP/1.0 knows no upgrades, nor does a field count that the connection does not name.
                for head in ["HTTP/1.0\r\nconnection: upgrade, keep-alive", "HTTP/1.1"] {
                    try client.write("GET / \(head)\r\nhost: a\r\nupgrade: websocket\r\n\r\n")
                    #expect(try client.readMessage().text == "none")
                }
                let before = upstream.connections
                try client.write(RawSocket.handshake)
                let refused = try client.readMessage()
                #expect(refused.status == 403 && refused.field("x-waybill-response-flags") == "UPR")
                #expect(upstream.connections == before)
                let span = try #require(try await proxy.sink.spans(6).last)
                #expect(span.text("error.type") == "upgrade_failed")
                #expect(span.status.message == "the route all does not take websocket")
            }
        }

        @Test func theFirstOfferThatTheRouteTakes() async throws {
            let upstream = try TunnelUpstream()
            try await TestProxy.withTunnels(upstream, TestProxy.tunnelRoute(["proto/2"])) { proxy in
                let client = try proxy.connect()
                try client.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: other, Proto/2\r\n\r\n")
                #expect(try client.readHead().field("upgrade") == "proto/2")
                let (head, server) = try await upstream.next()
                #expect(head.field("upgrade") == "proto/2")
                try server.write("x")
                #expect(try client.read(1) == [0x78])
            }
        }

        @Test(arguments: [
            "Upgrade: other\r\nConnection: upgrade\r\n", "Upgrade: websocket\r\n", "Connection: upgrade\r\n", "",
        ])
        func aSwitchToSomethingElse(_ fields: String) async throws {
            let upstream = try TunnelUpstream { _ in "HTTP/1.1 101 Switching Protocols\r\n\(fields)\r\n" }
            try await TestProxy.withTunnels(upstream) { proxy in
                let client = try proxy.connect()
                let answer = try client.openWebSocket()
                #expect(answer.status == 502 && answer.field("x-waybill-response-flags") == "UPE")
                try await proxy.tunnelsEnd()
            }
        }

        @Test func contentAndUpgradeDoNotGoTogether() async throws {
            let upstream = try TestUpstream.answering { request, _ in
                TestUpstream.response("200 OK", "\(request.field("upgrade") ?? "none") \(request.text)")
            }
            try await TestProxy.with(upstream, route: TestProxy.tunnelRoute()) { proxy in
                let client = try proxy.connect()
                try client.write(
                    "POST / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\ncontent-length: 4\r\n\r\nbody"
                )
                #expect(try client.readMessage().text == "none body")
            }
        }

        /// An endpoint that cannot be reached is tried again; what has switched is never.
        @Test func triesBeforeAndAfterTheSwitch() async throws {
            let upstream = try TunnelUpstream()
            let route = TestProxy.tunnelRoute {
                $0.retries = RetryPolicy(maximumAttempts: 5, backoffMilliseconds: 0)
            }
            var configuration = TestProxy.configuration([upstream.port], route: route)
            configuration.clusters[0].endpoints.insert(
                Endpoint(HostPort(host: "127.0.0.1", port: 1)), at: 0)
            let proxy = try await TestProxy(configuration)
            for _ in 0..<2 {
                let client = try proxy.connect()
                #expect(try client.openWebSocket().status == 101)
                let server = try await upstream.next().socket
                server.reset()
                #expect(try client.endsWithReset())
            }
            let flags = try await proxy.sink.spans(3).compactMap { $0.text("waybill.response_flags") }
            #expect(flags.filter { $0 == "UC" }.count == 2 && flags.contains("UF"))
            #expect(upstream.server.connections == 2)
            upstream.stop()
            try await proxy.stop()
        }
    }
}
