import Glibc
import Mesh
import NIOCore
import Testing

extension ProxyTests {
    /// What RFC 9113 says an end must refuse, frame by frame, and that a bad client hurts nobody else.
    @Suite(.serialized)
    struct HTTP2Conformance {
        @Sendable static func upstream(_ request: RawMessage, _ number: Int) -> String {
            TestUpstream.response("200 OK", request.text)
        }

        struct Case: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var code: UInt32
            var send: @Sendable (FrameClient) throws -> Void
        }

        static func get(_ client: FrameClient, _ stream: Int32) throws {
            try client.headers(FrameClient.request(), stream: stream)
        }

        /// Errors that end the connection.
        static let connectionErrors: [Case] = [
            Case(testDescription: "DATA on an idle stream", code: 1) { try $0.data([1], stream: 1) },
            Case(testDescription: "DATA on stream 0", code: 1) { try $0.data([1], stream: 0) },
            Case(testDescription: "HEADERS on stream 0", code: 1) { try get($0, 0) },
            Case(testDescription: "HEADERS on an even stream", code: 1) { try get($0, 2) },
            Case(testDescription: "RST_STREAM on an idle stream", code: 1) {
                try $0.send(3, stream: 1, payload: [0, 0, 0, 8])
            },
            Case(testDescription: "RST_STREAM on stream 0", code: 1) { try $0.send(3, payload: [0, 0, 0, 8]) },
            Case(testDescription: "RST_STREAM of 3 bytes", code: 6) {
                try $0.headers(FrameClient.request("POST"), stream: 1, ends: false)
                try $0.send(3, stream: 1, payload: [0, 0, 8])
            },
            Case(testDescription: "WINDOW_UPDATE on an idle stream", code: 1) {
                try $0.send(8, stream: 1, payload: [0, 0, 0, 1])
            },
            Case(testDescription: "WINDOW_UPDATE of 3 bytes", code: 6) { try $0.send(8, payload: [0, 0, 1]) },
            Case(testDescription: "WINDOW_UPDATE by 0", code: 1) { try $0.send(8, payload: [0, 0, 0, 0]) },
            Case(testDescription: "a connection window over 2^31-1", code: 3) {
                for _ in 0..<2 { try $0.send(8, payload: [0x7F, 0xFF, 0xFF, 0xFF]) }
            },
            Case(testDescription: "PING of 6 bytes", code: 6) { try $0.send(6, payload: [0, 0, 0, 0, 0, 0]) },
            Case(testDescription: "PING on a stream", code: 1) {
                try $0.send(6, stream: 1, payload: [0, 0, 0, 0, 0, 0, 0, 0])
            },
            Case(testDescription: "SETTINGS on a stream", code: 1) { try $0.send(4, stream: 1) },
            Case(testDescription: "SETTINGS of 3 bytes", code: 6) { try $0.send(4, payload: [0, 0, 0]) },
            Case(testDescription: "SETTINGS acknowledged with a payload", code: 6) {
                try $0.send(4, flags: 1, payload: [0])
            },
            Case(testDescription: "ENABLE_PUSH of 2", code: 1) { try $0.send(4, payload: [0, 2, 0, 0, 0, 2]) },
            Case(testDescription: "INITIAL_WINDOW_SIZE over 2^31-1", code: 3) {
                try $0.send(4, payload: [0, 4, 0x80, 0, 0, 0])
            },
            Case(testDescription: "MAX_FRAME_SIZE below 2^14", code: 1) {
                try $0.send(4, payload: [0, 5, 0, 0, 0x3F, 0xFF])
            },
            Case(testDescription: "MAX_FRAME_SIZE over 2^24-1", code: 1) {
                try $0.send(4, payload: [0, 5, 1, 0, 0, 0])
            },
            Case(testDescription: "GOAWAY on a stream", code: 1) {
                try $0.send(7, stream: 1, payload: [UInt8](repeating: 0, count: 8))
            },
            Case(testDescription: "PUSH_PROMISE", code: 1) {
                try $0.send(5, flags: 4, stream: 1, payload: [0, 0, 0, 2])
            },
            Case(testDescription: "PRIORITY on stream 0", code: 1) { try $0.send(2, payload: [0, 0, 0, 0, 1]) },
            Case(testDescription: "PRIORITY of 4 bytes", code: 6) { try $0.send(2, stream: 1, payload: [0, 0, 0, 0]) },
            Case(testDescription: "a stream that depends on itself", code: 1) {
                try $0.send(2, stream: 1, payload: [0, 0, 0, 1, 1])
            },
            Case(testDescription: "CONTINUATION without HEADERS", code: 1) { try $0.send(9, flags: 4, stream: 1) },
            Case(testDescription: "a header block interrupted", code: 1) {
                try $0.send(1, flags: 0, stream: 1, payload: try $0.block(FrameClient.request()))
                try $0.send(6, payload: [0, 0, 0, 0, 0, 0, 0, 0])
            },
            Case(testDescription: "CONTINUATION of another stream", code: 1) {
                try $0.send(1, flags: 1, stream: 1, payload: try $0.block(FrameClient.request()))
                try $0.send(9, flags: 4, stream: 3)
            },
            Case(testDescription: "a frame beyond the largest", code: 6) {
                try $0.headers(FrameClient.request("POST"), stream: 1, ends: false)
                try $0.data([UInt8](repeating: 0, count: 16_385), stream: 1)
            },
            Case(testDescription: "padding longer than its frame", code: 1) {
                try $0.headers(FrameClient.request("POST"), stream: 1, ends: false)
                try $0.send(0, flags: 8, stream: 1, payload: [5, 1, 2])
            },
            Case(testDescription: "an index that no table has", code: 9) {
                try $0.send(1, flags: 5, stream: 1, payload: [0xFF, 0xFF, 0x03])
            },
            Case(testDescription: "a header block that stops short", code: 9) {
                try $0.send(1, flags: 5, stream: 1, payload: [0x40, 0x0A, 0x61])
            },
            Case(testDescription: "endless CONTINUATION", code: 11) { client in
                try client.send(1, flags: 1, stream: 1, payload: try client.block(FrameClient.request()))
                for _ in 0..<100 { try client.send(9, stream: 1) }
            },
            Case(testDescription: "a header list that is far too long", code: 11) { client in
                var block = try client.block(FrameClient.request())
                // A literal of 4,000 bytes that goes into the table, and then forty references to it.
                block += [0x40, 0x01, 0x78, 0x7F, 0xA1, 0x1E] + [UInt8](repeating: 0x61, count: 4_000)
                block += [UInt8](repeating: 0xBE, count: 40)
                try client.send(1, flags: 5, stream: 1, payload: block)
            },
            Case(testDescription: "a flood of PING", code: 11) { client in
                for _ in 0..<400 { try client.send(6, payload: [0, 0, 0, 0, 0, 0, 0, 0]) }
            },
            Case(testDescription: "a flood of SETTINGS", code: 11) { client in
                for _ in 0..<200 { try client.send(4) }
            },
            Case(testDescription: "a flood of empty DATA", code: 11) { client in
                try client.headers(FrameClient.request("POST"), stream: 1, ends: false)
                for _ in 0..<400 { try client.data([], stream: 1) }
            },
            Case(testDescription: "rapid reset", code: 11) { client in
                for stream in stride(from: Int32(1), to: 600, by: 2) {
                    try client.headers(FrameClient.request("POST"), stream: stream, ends: false)
                    try client.send(3, stream: stream, payload: [0, 0, 0, 8])
                }
            },
        ]

        @Test(arguments: connectionErrors)
        func theConnectionEnds(_ case: Case) async throws {
            var limits = RequestLimits()
            limits.maximumHeaderBytes = 16_384
            try await TestProxy.with(try .answering(Self.upstream), limits: limits) { proxy in
                let bystander = try FrameClient(try proxy.connect())
                try Self.get(bystander, 1)
                #expect(try bystander.answer(stream: 1).status == 200)
                let client = try FrameClient(try proxy.connect())
                do { try `case`.send(client) } catch is RawSocket.Closed {}
                #expect(try client.connectionError() == `case`.code)
                try Self.get(bystander, 3)
                #expect(try bystander.answer(stream: 3).status == 200)
            }
        }

        static let malformed: [(String, [(String, String)])] = [
            ("no path", [(":method", "GET"), (":scheme", "http"), (":authority", "a")]),
            ("empty path", FrameClient.request("GET", "")),
            ("a path without slash", FrameClient.request("GET", "x")),
            ("a space in the path", FrameClient.request("GET", "/a b")),
            ("no method", [(":scheme", "http"), (":authority", "a"), (":path", "/")]),
            ("no scheme", [(":method", "GET"), (":authority", "a"), (":path", "/")]),
            ("method twice", [(":method", "GET")] + FrameClient.request()),
            ("an unknown pseudo field", FrameClient.request() + [(":x", "1")]),
            ("a response's pseudo field", FrameClient.request() + [(":status", "200")]),
            ("a pseudo field after a field", [(":method", "GET"), (":scheme", "http"), ("x", "1"), (":path", "/")]),
            ("an upper-case name", FrameClient.request() + [("X-A", "1")]),
            ("a name with a space", FrameClient.request() + [("x a", "1")]),
            ("a value with a line end", FrameClient.request() + [("x-a", "1\r\nx-b: 2")]),
            ("connection", FrameClient.request() + [("connection", "close")]),
            ("transfer-encoding", FrameClient.request() + [("transfer-encoding", "chunked")]),
            ("te beyond trailers", FrameClient.request() + [("te", "gzip")]),
            ("two lengths", FrameClient.request("POST") + [("content-length", "1"), ("content-length", "1")]),
            ("a length and no content", FrameClient.request("POST") + [("content-length", "1")]),
            ("another host than the authority", FrameClient.request() + [("host", "b")]),
            ("no host at all", [(":method", "GET"), (":scheme", "http"), (":path", "/")]),
            ("user information", [(":method", "GET"), (":scheme", "http"), (":authority", "u@a"), (":path", "/")]),
        ]

        @Test(arguments: malformed.indices)
        func aMalformedRequestIsAnswered400(_ index: Int) async throws {
            let (name, fields) = Self.malformed[index]
            try await TestProxy.with(try .answering(Self.upstream)) { proxy in
                let client = try FrameClient(try proxy.connect())
                try client.headers(fields, stream: 1)
                #expect(try client.answer(stream: 1).status == 400, "\(name)")
                try Self.get(client, 3)
                #expect(try client.answer(stream: 3).status == 200, "\(name)")
                let spans = try await proxy.sink.spans(2)
                #expect(spans.first?.text("waybill.response_flags") == "DPE")
            }
        }

        @Test func limitsOfTheHead() async throws {
            var limits = RequestLimits()
            limits.maximumHeaderBytes = 4_096
            limits.maximumHeaderCount = 20
            limits.maximumURIBytes = 100
            try await TestProxy.with(try .answering(Self.upstream), limits: limits) { proxy in
                let client = try FrameClient(try proxy.connect())
                let long = String(repeating: "v", count: 5_000)
                try client.headers(FrameClient.request() + [("x", long)], stream: 1)
                #expect(try client.answer(stream: 1).status == 431)
                try client.headers(FrameClient.request() + (0..<30).map { ("x\($0)", "1") }, stream: 3)
                #expect(try client.answer(stream: 3).status == 431)
                try client.headers(FrameClient.request("GET", "/" + String(repeating: "p", count: 100)), stream: 5)
                #expect(try client.answer(stream: 5).status == 414)
                try Self.get(client, 7)
                #expect(try client.answer(stream: 7).status == 200)
            }
        }

        /// Errors that end one stream only.
        @Test func aBrokenStreamLeavesTheOthers() async throws {
            try await TestProxy.with(try .answering(Self.upstream)) { proxy in
                let client = try FrameClient(try proxy.connect())
                func post(_ stream: Int32, length: String? = nil) throws {
                    let fields = FrameClient.request("POST") + (length.map { [("content-length", $0)] } ?? [])
                    try client.headers(fields, stream: stream, ends: false)
                }
                try post(1, length: "3")
                try client.data([1, 2, 3, 4], stream: 1)
                #expect(try client.streamError(1) == 1)
                try post(3, length: "3")
                try client.data([1, 2], stream: 3, ends: true)
                #expect(try client.streamError(3) == 1)
                try post(5)
                try client.send(8, stream: 5, payload: [0, 0, 0, 0])
                #expect(try client.streamError(5) == 1)
                try post(7)
                try client.send(8, stream: 7, payload: [0x7F, 0xFF, 0xFF, 0xFF])
                #expect(try client.streamError(7) == 3)
                try post(9)
                try client.headers([("x", "1")], stream: 9, ends: false)
                #expect(try client.streamError(9) == 1)
                try post(11)
                try client.headers([(":path", "/")], stream: 11)
                #expect(try client.streamError(11) == 1)
                try Self.get(client, 13)
                #expect(try client.answer(stream: 13).status == 200)
                try Self.get(client, 13)
                #expect(try client.streamError(13) == 5)
                let flags = try await proxy.sink.spans(7).compactMap { $0.text("waybill.response_flags") }
                #expect(flags.filter { $0 == "DPE" }.count == 6)
            }
        }

        @Test func whatMustBeTaken() async throws {
            try await TestProxy.with(try .answering(Self.upstream)) { proxy in
                // Unknown frames and settings, priority, padding, a block in pieces, an authority in host alone.
                let client = try FrameClient(try proxy.connect(), settings: [0xFF, 0, 0, 0, 0, 1])
                try client.send(0x77, stream: 9, payload: [1, 2, 3])
                try client.send(2, stream: 1, payload: [0, 0, 0, 0, 9])
                let block = try client.block(
                    [(":method", "POST"), (":scheme", "https"), (":path", "*/"), ("host", "a")].map {
                        $0.0 == ":path" ? (":path", "/") : $0
                    })
                let padded = [3, 0, 0, 0, 0, 1] + block[0..<2] + [0, 0, 0]
                try client.send(1, flags: 0x8 | 0x20, stream: 1, payload: padded)
                try client.send(9, stream: 1, payload: Array(block[2..<4]))
                try client.send(9, flags: 4, stream: 1, payload: Array(block[4...]))
                try client.send(0, flags: 0x8, stream: 1, payload: [2, 0x61, 0x62, 0, 0])
                try client.data([], stream: 1, ends: true)
                #expect(try client.answer(stream: 1).text == "ab")
                try client.send(6, payload: [1, 2, 3, 4, 5, 6, 7, 8])
                while true {
                    let frame = try client.receive()
                    if frame.kind == 6 {
                        #expect(frame.flags == 1 && frame.payload == [1, 2, 3, 4, 5, 6, 7, 8])
                        break
                    }
                }
            }
        }

        /// Nothing is sent beyond a window, and what was held back comes once it opens.
        @Test func theClientsWindowsHold() async throws {
            let body = FlowControl.pattern(200_000)
            let upstream = try TestUpstream { socket, _ in
                while true {
                    _ = try socket.readMessage()
                    try socket.write("HTTP/1.1 200 OK\r\ncontent-length: \(body.count)\r\n\r\n")
                    try socket.write(body)
                }
            }
            try await TestProxy.with(upstream) { proxy in
                let client = try FrameClient(try proxy.connect(), settings: [0, 4, 0, 0, 0, 10])
                try Self.get(client, 1)
                var received: [UInt8] = []
                #expect(try client.next().kind == 1)
                while received.count < 10 { received += try client.next().payload }
                #expect(received.count == 10)
                // A negative window after a smaller initial one, then one byte more than the debt.
                try client.send(4, payload: [0, 4, 0, 0, 0, 5])
                try client.send(8, stream: 1, payload: [0, 0, 0, 6])
                let one = try client.next()
                #expect(one.payload.count == 1)
                received += one.payload
                try client.send(8, stream: 1, payload: [0, 0x0F, 0xFF, 0xFF])
                while received.count < 65_535 { received += try client.next().payload }
                #expect(received.count == 65_535)
                try client.send(8, payload: [0, 0x0F, 0xFF, 0xFF])
                while true {
                    let frame = try client.next()
                    received += frame.payload
                    if frame.endsStream { break }
                }
                #expect(received == body)
            }
        }

        /// A client that sends more than it may is cut off; one whose request nobody takes is only stopped.
        @Test func theProxysWindowsHold() async throws {
            let upstream = try TestUpstream { socket, _ in
                _ = try socket.readHead()
                _ = try socket.isClosedByPeer()
            }
            try await TestProxy.with(upstream, cluster: { $0.maximumConnections = 1 }) { proxy in
                let client = try FrameClient(try proxy.connect())
                // The second waits for the connection that the first has: nobody takes its content.
                try client.headers(FrameClient.request("POST", "/1"), stream: 1, ends: false)
                try client.data([1], stream: 1)
                try client.headers(FrameClient.request("POST", "/2"), stream: 3, ends: false)
                let piece = [UInt8](repeating: 1, count: 16_384)
                for _ in 0..<8 { try client.data(piece, stream: 3) }
                try client.data([1], stream: 3)
                #expect(try client.streamError(3) == 3)
            }
        }

        @Test func moreStreamsThanAllowedAreRefused() async throws {
            var limits = RequestLimits()
            limits.maximumConcurrentStreams = 3
            try await TestProxy.with(try .answering(Self.upstream), limits: limits) { proxy in
                let client = try FrameClient(try proxy.connect())
                for stream: Int32 in [1, 3, 5, 7] {
                    try client.headers(FrameClient.request("POST"), stream: stream, ends: false)
                }
                #expect(try client.streamError(7) == 7)
                try client.data([1], stream: 1, ends: true)
                #expect(try client.answer(stream: 1).status == 200)
                try Self.get(client, 9)
                #expect(try client.answer(stream: 9).status == 200)
            }
        }

        @Test func notThePreface() async throws {
            var configuration = TestProxy.configuration([1])
            configuration.outbound?.httpProtocol = .http2
            let proxy = try await TestProxy(configuration)
            let client = try FrameClient(try proxy.connect(), greets: false)
            try client.socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(try client.connectionError() == 1)
            try await proxy.stop()
        }

        @Test func aListenerOfHTTP1TakesNoPreface() async throws {
            var configuration = TestProxy.configuration([1])
            configuration.outbound?.httpProtocol = .http1
            let proxy = try await TestProxy(configuration)
            let client = try proxy.connect()
            try client.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            #expect([400, 505].contains(try client.readMessage().status))
            try await proxy.stop()
        }

        /// Draining tells clients to leave, lets requests end, and refuses none that was on its way.
        @Test func drainingEndsConnectionsGently() async throws {
            let upstream = try TestUpstream.answering { _, _ in
                usleep(300_000)
                return TestUpstream.response("200 OK", "late")
            }
            let proxy = try await TestProxy(TestProxy.configuration([upstream.port]))
            let client = try FrameClient(try proxy.connect())
            try Self.get(client, 1)
            while upstream.connections == 0 { usleep(1_000) }
            async let drained = proxy.server.drain(deadline: .now() + .seconds(10))
            let first = try client.next()
            #expect(first.kind == 7 && first.errorCode == 0 && first.payload[0..<4] == [0x7F, 0xFF, 0xFF, 0xFF])
            let ping = try client.next()
            #expect(ping.kind == 6)
            // On its way before the client knew.
            try Self.get(client, 3)
            try client.send(6, flags: 1, payload: ping.payload)
            let last = try client.next()
            #expect(last.kind == 7 && last.payload[3] == 3)
            #expect(try client.answer(stream: 1).text == "late")
            #expect(try client.answer(stream: 3).text == "late")
            #expect(try client.socket.isClosedByPeer())
            _ = try await drained
            upstream.stop()
        }
    }
}
