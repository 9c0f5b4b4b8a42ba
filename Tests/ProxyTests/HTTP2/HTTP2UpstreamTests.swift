import Mesh
import Synchronization
import Telemetry
import Testing

extension ProxyTests {
    /// Endpoints of HTTP/2 that break it, fall silent, leave early, or talk a lot.
    @Suite(.serialized)
    struct HTTP2Upstreams {
        /// A proxy before a server of HTTP/2 whose frames `answer` gets, the header lists decoded.
        private static func with(
            route: Route = Route(name: "all", cluster: "up"),
            _ answer: @escaping @Sendable (FrameClient, FrameClient.Frame, Int) throws -> Void,
            _ body: (TestProxy) async throws -> Void
        ) async throws {
            let server = try TestUpstream { socket, number in
                let peer = try FrameClient(socket, greets: false)
                _ = try socket.read(24)
                try peer.send(4)
                while true {
                    let frame = try peer.next()
                    if frame.kind == 1 { _ = try peer.fields(of: frame) }
                    try answer(peer, frame, number)
                }
            }
            try await TestProxy.with(server, route: route, cluster: { $0.httpProtocol = .http2 }, body)
        }

        private static let smuggled = Array("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhidden".utf8)

        /// On a connection of HTTP/1 it would be read as the answer to the next request.
        @Test(arguments: [("HEAD", "200"), ("GET", "204"), ("GET", "304")])
        func contentBehindAnAnswerThatHasNone(_ method: String, _ status: String) async throws {
            try await Self.with { peer, frame, _ in
                guard frame.kind == 1 else { return }
                try peer.headers([(":status", status), ("content-length", "44")], stream: frame.stream, ends: false)
                try peer.data(Self.smuggled, stream: frame.stream, ends: true)
            } _: { proxy async throws in
                let client = try proxy.connect()
                try client.write("\(method) / HTTP/1.1\r\nhost: a\r\n\r\n")
                #expect(try client.readHead().status == Int(status))
                #expect(try client.readToEnd().isEmpty)
                #expect(try await proxy.sink.spans(1).first?.text("waybill.response_flags") == "UPE")
            }
        }

        @Test func dataBeforeTheHead() async throws {
            try await Self.with { peer, frame, _ in
                if frame.kind == 1 { try peer.data([], stream: frame.stream, ends: true) }
            } _: { proxy async throws in
                let answer = try proxy.get()
                #expect(answer.status == 502 && answer.field("x-waybill-response-flags") == "UPE")
                #expect(answer.text.contains("DATA before the head of the answer"))
            }
        }

        /// For the endpoint the request is over once the last byte is within the windows; the client may be slower.
        @Test func aWholeAnswerOutlivesItsConnection() async throws {
            let body = FlowControl.pattern(100_000)
            let left = Flag()
            let server = try TestUpstream { socket, _ in
                let peer = try FrameClient(socket, greets: false)
                _ = try socket.read(24)
                try peer.send(4)
                let request = try peer.next()
                try peer.headers([(":status", "200")], stream: request.stream, ends: false)
                for start in stride(from: 0, to: body.count, by: 10_000) {
                    let end = start + 10_000
                    try peer.data(Array(body[start..<end]), stream: request.stream, ends: end == body.count)
                }
                socket.finishSending()
                _ = try socket.readToEnd()
                left.set()
            }
            try await TestProxy.with(server, cluster: { $0.httpProtocol = .http2 }) { proxy in
                let client = try FrameClient(try proxy.connect(), settings: [0, 4, 0, 0, 0, 10])
                try client.headers(FrameClient.request(), stream: 1)
                #expect(try client.next().kind == 1)
                #expect(try client.next().payload.count == 10)
                try await eventually("the connection is gone") { left.isSet }
                try client.send(8, payload: [0, 0x0F, 0xFF, 0xFF])
                try client.send(8, stream: 1, payload: [0, 0x0F, 0xFF, 0xFF])
                let rest = try client.answer(stream: 1)
                #expect(rest.body == Array(body.dropFirst(10)) && rest.resetBy == nil)
                let span = try #require(try await proxy.sink.spans(1).first)
                #expect(span.text("waybill.response_flags") == nil && !span.status.isError)
            }
        }

        /// A peer that is gone without a word leaves its connection behind, for as long as the system believes in it.
        @Test func aSilentConnectionGetsNoFurtherRequests() async throws {
            var route = Route(name: "all", cluster: "up")
            route.timeoutMilliseconds = 1_100
            try await Self.with(route: route) { peer, frame, number in
                guard frame.kind == 1, number > 1 || frame.stream == 1 else { return }
                try peer.headers([(":status", "200"), ("content-length", "0")], stream: frame.stream)
            } _: { proxy async throws in
                #expect(try proxy.statuses(3) == [200, 504, 200])
            }
        }

        /// As servers of grpc-go do: a window and a PING for each flight of content.
        @Test func anEndpointMayMeasureTheLine() async throws {
            try await Self.with { peer, frame, _ in
                guard frame.kind == 0 else { return }
                if !frame.payload.isEmpty {
                    try peer.send(8, payload: [0, 0, 0, UInt8(frame.payload.count)])
                    try peer.send(6, payload: [1, 2, 3, 4, 5, 6, 7, 8])
                }
                if frame.endsStream {
                    try peer.headers([(":status", "200")], stream: frame.stream, ends: false)
                    try peer.data([1], stream: frame.stream, ends: true)
                }
            } _: { proxy async throws in
                let client = try proxy.connect()
                for _ in 0..<800 {
                    try client.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx")
                    #expect(try client.readMessage().status == 200)
                }
            }
        }

        /// As many answers as fill the connection's windows wait for clients that read nothing.
        @Test func clientsThatDoNotReadStopNobodyElse() async throws {
            let body = FlowControl.pattern(200_000)
            let upstream = try TestUpstream { socket, _ in
                while true {
                    let isLong = try socket.readMessage().startLine.contains("long")
                    try socket.write("HTTP/1.1 200 OK\r\ncontent-length: \(isLong ? body.count : 100_000)\r\n\r\n")
                    try socket.write(isLong ? body : Array(body[..<100_000]))
                }
            }
            try await HTTP2Requests.pair(upstream) { near, far in
                let slow = try FrameClient(try near.connect(), settings: [0, 4, 0, 0, 0, 0])
                for place in 0..<60 {
                    try slow.headers(FrameClient.request("GET", "/long"), stream: Int32(2 * place + 1))
                }
                for _ in 0..<60 { #expect(try slow.next().kind == 1) }
                // By now each has sent what its own window takes.
                try await Task.sleep(nanoseconds: 200_000_000)
                let client = try near.connect()
                for _ in 0..<12 {
                    try client.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                    #expect(try client.readMessage().body.count == 100_000)
                }
                #expect(far.counter("waybill_proxy_downstream_connections_total") == 1)
                // Nor did they only have to wait until the slow ones were given up.
                #expect(near.sink.all.count { $0.span.text("url.path") == "/long" } == 0)
                slow.socket.close()
            }
        }

        /// What is on its way when a client gives up costs the others on the endpoint's connection nothing.
        @Test func clientsThatLeaveDoNotCostTheOthers() async throws {
            let connections = Mutex(0)
            try await Self.with { peer, frame, number in
                connections.withLock { $0 = number }
                switch frame.kind {
                case 1:
                    try peer.headers([(":status", "200")], stream: frame.stream, ends: false)
                    try peer.data([1], stream: frame.stream)
                case 3: for _ in 0..<8 { try peer.data([2], stream: frame.stream) }
                default: break
                }
            } _: { proxy async throws in
                for _ in 0..<8 {
                    let client = try FrameClient(try proxy.connect())
                    for place in 0..<40 {
                        let stream = Int32(2 * place + 1)
                        try client.headers(FrameClient.request(), stream: stream)
                        while try client.next().kind != 0 {}
                        try client.send(3, stream: stream, payload: [0, 0, 0, 8])
                    }
                    client.socket.close()
                }
                _ = try await proxy.sink.spans(320)
                #expect(connections.withLock { $0 } == 1)
                #expect(proxy.counter("waybill_proxy_http_faults_total{reason=\"http2_flood\"}") == 0)
            }
        }
    }
}
