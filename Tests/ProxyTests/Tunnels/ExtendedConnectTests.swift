import Foundation
import Glibc
import Mesh
import Proxy
import Synchronization
import Telemetry
import Testing

extension ProxyTests {
    /// WebSocket over HTTP/2 (RFC 8441), on either side of the proxy or on both.
    @Suite(.serialized)
    struct ExtendedConnects {
        static func ask(_ path: String = "/chat") -> [(String, String)] {
            [
                (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":authority", "a"),
                (":path", path), ("sec-websocket-version", "13"),
            ]
        }

        /// The content of the next DATA frames on a stream.
        static func read(_ client: FrameClient, _ count: Int) throws -> [UInt8] {
            var content: [UInt8] = []
            while content.count < count { content += try client.next().payload }
            return content
        }

        @Test func aClientOfHTTP2() async throws {
            let upstream = try TunnelUpstream()
            try await TestProxy.withTunnels(upstream) { proxy in
                let client = try FrameClient(try proxy.connect())
                let settings = try client.receive()
                #expect(settings.kind == 4)
                let pairs = stride(from: 0, to: settings.payload.count, by: 6).map {
                    Array(settings.payload[$0..<$0 + 6])
                }
                #expect(pairs.contains([0, 8, 0, 0, 0, 1]))
                try client.headers(Self.ask(), stream: 1, ends: false)
                // Not before the upstream has agreed.
                try client.data(Array("behind".utf8), stream: 1)
                let (head, server) = try await upstream.next()
                #expect(head.startLine == "GET /chat HTTP/1.1" && head.field("host") == "a")
                #expect(head.field("upgrade") == "websocket" && head.field("connection") == "upgrade")
                #expect(head.field("sec-websocket-key")?.utf8.count == 24)
                let answer = try client.fields(of: try client.next())
                #expect(answer.first { $0.0 == ":status" }?.1 == "200")
                let hidden = ["upgrade", "connection", "content-length", "sec-websocket-accept"]
                #expect(!answer.contains { hidden.contains($0.0) })
                #expect(try server.read(6) == Array("behind".utf8))
                try server.write("hello")
                #expect(try Self.read(client, 5) == Array("hello".utf8))
                try client.data([], stream: 1, ends: true)
                #expect(try server.isClosedByPeer())
                try server.write("bye")
                #expect(try Self.read(client, 3) == Array("bye".utf8))
                server.finishSending()
                #expect(try client.next().endsStream)
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("http.request.method") == "GET" && span.text("http.response.status_code") == "101")
                #expect(span.text("waybill.tunnel") == "websocket" && span.text("waybill.response_flags") == nil)
                // The connection goes on.
                try client.headers(Self.ask(), stream: 3, ends: false)
                let again = try await upstream.next().socket
                #expect(try client.next().kind == 1)
                // A reset of either side is one for the other.
                again.reset()
                let reset = try client.next()
                #expect(reset.kind == 3 && reset.stream == 3 && reset.errorCode == 10)
                try client.headers(Self.ask(), stream: 5, ends: false)
                let third = try await upstream.next().socket
                #expect(try client.next().kind == 1)
                try client.send(3, stream: 5, payload: [0, 0, 0, 8])
                #expect(try third.endsWithReset())
                try await proxy.tunnelsEnd()
            }
        }

        @Test(arguments: [
            ("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n", 502),
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno", 502),
            ("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno", 404),
        ])
        func whatIsNoConsent(_ answer: String, _ status: Int) async throws {
            let upstream = try TunnelUpstream { _ in answer }
            try await TestProxy.withTunnels(upstream) { proxy in
                let client = try FrameClient(try proxy.connect())
                try client.headers(Self.ask(), stream: 1, ends: false)
                let refused = try client.answer(stream: 1)
                #expect(refused.status == status)
                #expect(refused.field("x-waybill-response-flags") == (status == 502 ? "UPE" : nil))
            }
        }

        /// Bytes meant for a tunnel that never came about must not be read as a request by the upstream.
        @Test func noBytesBehindARefusal() async throws {
            let requests = Mutex<[String]>([])
            let upstream = try TestUpstream { socket, _ in
                while true {
                    let request = try socket.readMessage()
                    requests.withLock { $0.append(request.startLine) }
                    try socket.write("HTTP/1.1 404 Not Found\r\ncontent-length: 10\r\n\r\n")
                    usleep(200_000)
                    try socket.write("not found!")
                }
            }
            try await TestProxy.with(upstream, route: TestProxy.tunnelRoute()) { proxy in
                let client = try FrameClient(try proxy.connect())
                try client.headers(Self.ask(), stream: 1, ends: false)
                while requests.withLock({ $0.isEmpty }) { usleep(1_000) }
                #expect(try client.next().kind == 1)
                try client.data(Array("GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n".utf8), stream: 1)
                while !(try client.next().endsStream) {}
                try client.headers(FrameClient.request("GET", "/next"), stream: 3)
                #expect(try client.answer(stream: 3).status == 404)
                #expect(requests.withLock { $0 } == ["GET /chat HTTP/1.1", "GET /next HTTP/1.1"])
            }
        }

        @Test func malformed() async throws {
            let ask = Self.ask()
            let upstream = try TunnelUpstream()
            try await TestProxy.withTunnels(upstream) { proxy in
                let client = try FrameClient(try proxy.connect())
                let cases: [[(String, String)]] = [
                    ask.map { $0.0 == ":method" ? (":method", "GET") : $0 }, ask.filter { $0.0 != ":scheme" },
                    ask.filter { $0.0 != ":path" }, ask.filter { $0.0 != ":authority" },
                    ask.map { $0.0 == ":protocol" ? (":protocol", "web socket") : $0 },
                    ask + [("content-length", "5")], [(":protocol", "websocket")] + ask,
                    [(":method", "CONNECT"), (":authority", "a:1"), (":path", "/")],
                    [(":method", "CONNECT"), (":authority", "a")], [(":method", "CONNECT")],
                ]
                for (index, fields) in cases.enumerated() {
                    let stream = Int32(index * 2 + 1)
                    try client.headers(fields, stream: stream, ends: false)
                    #expect(try client.answer(stream: stream).status == 400, "case \(index)")
                }
                // Frames other than DATA have no place in a tunnel.
                try client.headers(ask, stream: 101, ends: false)
                _ = try await upstream.next()
                try client.headers([("x", "1")], stream: 101)
                #expect(try client.streamError(101) == 1)
                let other = ask.map { $0.0 == ":protocol" ? (":protocol", "other") : $0 }
                try client.headers(other, stream: 103, ends: false)
                #expect(try client.answer(stream: 103).status == 403)
            }
        }

        /// HTTP/1 at both ends, whatever the proxies speak to each other.
        @Test(arguments: [HTTPProtocol.http2, .http1], [false, true])
        func throughTwoProxies(_ version: HTTPProtocol, _ isSecure: Bool) async throws {
            let upstream = try TunnelUpstream()
            try await TestProxy.withTunnelPair(upstream, version, isSecure: isSecure) { near, far in
                let client = try near.connect()
                let answer = try client.openWebSocket("first")
                #expect(answer.status == 101)
                #expect(answer.field("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                let (head, server) = try await upstream.next()
                #expect(head.field("sec-websocket-key") == "dGhlIHNhbXBsZSBub25jZQ==")
                #expect(try server.read(5) == Array("first".utf8))
                let content = FlowControl.pattern(3_000_000)
                Thread.detachNewThread {
                    try? client.write(content)
                    client.finishSending()
                }
                Thread.detachNewThread {
                    try? server.write(content)
                    server.finishSending()
                }
                async let sent = Task.detached { try server.readToEnd() }.value
                async let received = Task.detached { try client.readToEnd() }.value
                #expect(try await sent == content)
                #expect(try await received == content)
                let spans = try await [near.sink.spans(1), far.sink.spans(1)].flatMap { $0 }
                #expect(spans.map { $0.text("waybill.tunnel.received_bytes") } == ["3000005", "3000005"])
                #expect(spans.map { $0.text("waybill.tunnel.sent_bytes") } == ["3000000", "3000000"])
                #expect(spans.allSatisfy { $0.text("http.response.status_code") == "101" })
                #expect(spans[0].text("network.protocol.version") == (version == .http2 ? "2" : "1.1"))
                #expect(spans[0].traceID == spans[1].traceID && spans[1].parentSpanID == spans[0].spanID)
                let broken = try near.connect()
                _ = try broken.openWebSocket()
                try await upstream.next().socket.reset()
                #expect(try broken.endsWithReset())
                let other = try near.connect()
                _ = try other.openWebSocket()
                let end = try await upstream.next().socket
                other.reset()
                #expect(try end.endsWithReset())
                try await near.tunnelsEnd()
            }
        }

        /// A server that takes extended CONNECT and knows no keys, and says late what it takes.
        @Test func anUpstreamOfHTTP2() async throws {
            let early = Flag()
            let server = try TestUpstream { socket, number in
                let peer = try FrameClient(socket, greets: false)
                _ = try socket.read(24)
                _ = try peer.receive()
                usleep(100_000)
                try peer.send(4, payload: number == 1 ? [0, 8, 0, 0, 0, 1] : [])
                while true {
                    let frame = try peer.next()
                    guard frame.kind == 1 else { continue }
                    let fields = try peer.fields(of: frame)
                    if number > 1 { early.set() }
                    #expect(fields.first { $0.0 == ":method" }?.1 == "CONNECT")
                    #expect(fields.first { $0.0 == ":protocol" }?.1 == "websocket" && !frame.endsStream)
                    #expect(fields.first { $0.0 == ":path" }?.1 == "/chat?room=1")
                    #expect(!fields.contains { $0.0 == "upgrade" || $0.0 == "connection" })
                    try peer.headers([(":status", "200")], stream: frame.stream, ends: false)
                    let data = try peer.next()
                    #expect(data.payload == Array("ping".utf8))
                    try peer.data(Array("pong".utf8), stream: frame.stream)
                    #expect(try peer.next().endsStream)
                    try peer.data([], stream: frame.stream, ends: true)
                    try peer.send(7, payload: [0, 0, 0, 1, 0, 0, 0, 0])
                    _ = try socket.readToEnd()
                }
            }
            let route = TestProxy.tunnelRoute()
            try await TestProxy.with(server, route: route, cluster: { $0.httpProtocol = .http2 }) { proxy in
                let client = try proxy.connect()
                let answer = try client.openWebSocket("ping")
                #expect(answer.field("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                #expect(try client.read(4) == Array("pong".utf8))
                client.finishSending()
                #expect(try client.isClosedByPeer())
                // The next connection's server does not take it.
                for _ in 0..<500 where server.connections == 1 {
                    let other = try proxy.connect()
                    try other.write(RawSocket.handshake)
                    let refused = try other.readMessage()
                    #expect(refused.status == 502 && refused.field("x-waybill-response-flags") == "UPE")
                    #expect(refused.text.contains("without extended CONNECT"))
                }
                #expect(!early.isSet)
            }
        }
    }
}
