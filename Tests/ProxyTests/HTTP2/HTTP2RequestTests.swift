import Glibc
import Mesh
import Synchronization
import Telemetry
import Testing

extension ProxyTests {
    /// Requests in HTTP/2, and between the two versions.
    @Suite(.serialized)
    struct HTTP2Requests {
        /// Two plain proxies: HTTP/1 or HTTP/2 in, HTTP/2 between them, HTTP/1 out.
        static func pair(
            _ upstream: TestUpstream, limits: RequestLimits = RequestLimits(),
            route: Route = Route(name: "all", cluster: "up"),
            _ body: (TestProxy, TestProxy) async throws -> Void
        ) async throws {
            let far = try await TestProxy(TestProxy.configuration([upstream.port], inbound: true, limits: limits))
            let near = try await TestProxy(
                TestProxy.configuration([far.inbound], route: route, cluster: { $0.httpProtocol = .http2 }))
            try await body(near, far)
            upstream.stop()
            try await near.stop()
            try await far.stop()
        }

        @Test func aRequestIsTranslatedBothWays() async throws {
            let upstream = try TestUpstream.answering { request, _ in
                let seen = request.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
                return TestUpstream.response(
                    "200 OK", "\(request.startLine)\n\(seen)\n\(request.text)",
                    "X-Upper: 1\r\nconnection: x-private\r\nx-private: 2\r\n")
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try FrameClient(try proxy.connect())
                let fields =
                    FrameClient.request("POST", "/pay?x=1") + [
                        ("cookie", "a=1"), ("cookie", "b=2"), ("x-id", "7"), ("te", "trailers"),
                    ]
                try client.headers(fields, stream: 1, ends: false)
                try client.data(Array("hello".utf8), stream: 1, ends: true)
                let answer = try client.answer(stream: 1)
                #expect(answer.status == 200)
                #expect(answer.field("x-upper") == "1")
                #expect(answer.field("x-private") == nil && answer.field("connection") == nil)
                #expect(answer.text.hasPrefix("POST /pay?x=1 HTTP/1.1\n"))
                #expect(answer.text.hasSuffix("\nhello"))
                let lines = answer.text.split(separator: "\n")
                for line in ["host: a", "cookie: a=1; b=2", "x-id: 7", "transfer-encoding: chunked"] {
                    #expect(lines.contains { $0 == line }, "\(line)")
                }
                #expect(!lines.contains { $0.hasPrefix("te:") })
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("url.path") == "/pay" && span.text("server.address") == "a")
                #expect(span.text("network.protocol.version") == "1.1")
            }
        }

        /// What HTTP/1 clients send must arrive through HTTP/2 as it would without it.
        @Test(arguments: [0, 1, 16_384, 70_000, 3_000_000], [false, true])
        func bodiesPassWholeBetweenProxies(_ count: Int, _ chunked: Bool) async throws {
            let content = FlowControl.pattern(count)
            let upstream = try TestUpstream { socket, _ in
                while true {
                    let request = try socket.readMessage()
                    if chunked {
                        try socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                        try FlowControl.writeChunks(request.body, to: socket)
                    } else {
                        try socket.write("HTTP/1.1 200 OK\r\ncontent-length: \(request.body.count)\r\n\r\n")
                        try socket.write(request.body)
                    }
                }
            }
            try await Self.pair(upstream) { near, far in
                let client = try near.connect()
                for _ in 0..<2 {
                    if chunked {
                        try client.write("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
                        try FlowControl.writeChunks(content, to: client)
                    } else {
                        try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: \(count)\r\n\r\n")
                        try client.write(content)
                    }
                    let answer = try client.readMessage()
                    #expect(answer.status == 200)
                    #expect(answer.body == content)
                }
                #expect(far.counter("waybill_proxy_downstream_http2_connections_total") == 1)
                let spans = try await near.sink.spans(2)
                #expect(spans.allSatisfy { $0.text("network.protocol.version") == "2" })
            }
        }

        @Test func manyRequestsShareOneConnection() async throws {
            let waiting = Mutex(0)
            let upstream = try TestUpstream { socket, _ in
                while true {
                    _ = try socket.readMessage()
                    waiting.withLock { $0 += 1 }
                    // All are under way at once before the first is answered.
                    while waiting.withLock({ $0 }) < 20 { usleep(1_000) }
                    try socket.write(TestUpstream.response("200 OK", "done"))
                }
            }
            try await Self.pair(upstream) { near, far in
                let clients = try (0..<20).map { _ in try near.connect() }
                for client in clients { try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n") }
                for client in clients { #expect(try client.readMessage().text == "done") }
                #expect(far.counter("waybill_proxy_downstream_http2_connections_total") == 1)
                #expect(far.counter("waybill_proxy_downstream_connections_total") == 1)
            }
        }

        @Test func trailersPassBothWays() async throws {
            let upstream = try TestUpstream { socket, _ in
                while true {
                    let request = try socket.readMessage()
                    let seen = request.trailers.map { "\($0.name)=\($0.value)" }.joined()
                    try socket.write(
                        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: grpc-status\r\n\r\n"
                            + "\(String(seen.utf8.count, radix: 16))\r\n\(seen)\r\n0\r\ngrpc-status: 0\r\nconnection: x\r\n\r\n"
                    )
                }
            }
            try await Self.pair(upstream) { near, _ in
                let client = try FrameClient(try near.connect())
                for stream: Int32 in [1, 3] {
                    try client.headers(FrameClient.request("POST"), stream: stream, ends: false)
                    try client.data([1, 2, 3], stream: stream)
                    try client.headers([("x-sum", "6")], stream: stream)
                    let answer = try client.answer(stream: stream)
                    #expect(answer.text == "x-sum=6")
                    #expect(answer.trailers.count == 1 && answer.trailer("grpc-status") == "0")
                }
            }
        }

        @Test func headNoContentAndNotModified() async throws {
            let upstream = try TestUpstream { socket, _ in
                while true {
                    let request = try socket.readMessage()
                    switch request.startLine.split(separator: " ")[1] {
                    case "/204": try socket.write("HTTP/1.1 204 No Content\r\n\r\n")
                    case "/304": try socket.write("HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n")
                    default: try socket.write("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n")
                    }
                }
            }
            try await Self.pair(upstream) { near, _ in
                let client = try FrameClient(try near.connect())
                try client.headers(FrameClient.request("HEAD"), stream: 1)
                let head = try client.answer(stream: 1)
                #expect(head.status == 200 && head.field("content-length") == "7" && head.body.isEmpty)
                try client.headers(FrameClient.request("GET", "/204"), stream: 3)
                #expect(try client.answer(stream: 3).status == 204)
                try client.headers(FrameClient.request("GET", "/304"), stream: 5)
                #expect(try client.answer(stream: 5).field("content-length") == "9")
            }
        }

        @Test func aHundredContinueComesThrough() async throws {
            let upstream = try TestUpstream { socket, _ in
                let head = try socket.readHead()
                #expect(head.field("expect") == "100-continue")
                try socket.write("HTTP/1.1 100 Continue\r\n\r\n")
                #expect(try socket.read(4) == Array("body".utf8))
                try socket.write(TestUpstream.response("200 OK", "thanks"))
                _ = try socket.readHead()
            }
            try await Self.pair(upstream) { near, _ in
                let client = try near.connect()
                try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n")
                #expect(try client.readMessage().status == 100)
                try client.write("body")
                #expect(try client.readMessage().text == "thanks")
            }
        }

        /// An answer that does not wait for the request: the rest of the request is given up, the connection is not.
        @Test func anEarlyAnswerEndsTheRequest() async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readHead()
                try socket.write("HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\nno")
                _ = try socket.readToEnd()
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try FrameClient(try proxy.connect())
                try client.headers(FrameClient.request("POST"), stream: 1, ends: false)
                let answer = try client.answer(stream: 1)
                #expect(answer.status == 413 && answer.text == "no")
                #expect(try client.next().errorCode == 0)
                try client.headers(FrameClient.request("POST"), stream: 3, ends: false)
                #expect(try client.answer(stream: 3).status == 413)
            }
        }

        @Test func aCancelledRequestIsCancelledUpstream() async throws {
            let closed = Mutex(0)
            let arrived = Flag()
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readMessage()
                arrived.set()
                if try socket.isClosedByPeer() { closed.withLock { $0 += 1 } }
            }
            try await Self.pair(upstream) { near, far in
                let client = try FrameClient(try near.connect())
                try client.headers(FrameClient.request(), stream: 1)
                while !arrived.isSet { usleep(1_000) }
                try client.send(3, stream: 1, payload: [0, 0, 0, 8])
                #expect(try await near.sink.spans(1).first?.text("waybill.response_flags") == "DC")
                #expect(try await far.sink.spans(1).first?.text("waybill.response_flags") == "DC")
                try await eventually("the service sees it") { closed.withLock { $0 } == 1 }
                // The connection goes on.
                try client.headers(FrameClient.request("GET", "/%"), stream: 3)
                try client.send(3, stream: 3, payload: [0, 0, 0, 8])
            }
        }

        @Test func theProxysOwnAnswers() async throws {
            let upstream = try TestUpstream { _, _ in }
            let route = Route(name: "only", match: RouteMatch(path: .prefix("/x")), cluster: "up")
            try await TestProxy.with(upstream, route: route) { proxy in
                let client = try FrameClient(try proxy.connect())
                try client.headers(FrameClient.request("GET", "/nowhere"), stream: 1)
                let answer = try client.answer(stream: 1)
                #expect(answer.status == 404 && answer.field("x-waybill-response-flags") == "NR")
                #expect(answer.field("content-length") == String(answer.body.count))
                try client.headers(
                    FrameClient.request("POST", "/pkg.Service/Call") + [("content-type", "application/grpc")],
                    stream: 3)
                let call = try client.answer(stream: 3)
                #expect(call.status == 200 && call.field("grpc-status") == "12" && call.body.isEmpty)
                #expect(call.field("grpc-message")?.contains("no route") == true)
                try client.headers(
                    FrameClient.request("POST", "/x") + [("content-type", "application/grpc+proto")], stream: 5)
                #expect(try client.answer(stream: 5).field("grpc-status") == "14")
            }
        }

        /// A connection that ends without a word, with a request that never got there, is tried again.
        @Test func aRefusedStreamIsSentAgain() async throws {
            let requests = Mutex(0)
            let server = try TestUpstream { socket, number in
                let peer = try FrameClient(socket, greets: false)
                _ = try socket.read(24)
                try peer.send(4)
                while true {
                    let frame = try peer.next()
                    guard frame.kind == 1 else { continue }
                    _ = try peer.fields(of: frame)
                    requests.withLock { $0 += 1 }
                    if number == 1 {
                        try peer.send(7, payload: [0, 0, 0, 0, 0, 0, 0, 0])
                    } else if requests.withLock({ $0 }) == 2 {
                        try peer.headers([(":status", "200")], stream: frame.stream)
                    } else {
                        try peer.send(3, stream: frame.stream, payload: [0, 0, 0, 7])
                    }
                }
            }
            try await TestProxy.with(server, cluster: { $0.httpProtocol = .http2 }) { proxy in
                let client = try proxy.connect()
                try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
                #expect(try client.readMessage().status == 200)
                // Refused for ever: it ends, and says why.
                try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
                let refused = try client.readMessage()
                #expect(refused.status == 502 && refused.field("x-waybill-response-flags") == "UR")
                #expect(requests.withLock { $0 } == 4)
            }
        }
    }
}
