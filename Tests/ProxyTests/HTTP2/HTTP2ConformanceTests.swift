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
                try post(13, length: "3")
                try client.data([1, 2], stream: 13)
                try client.headers([("x", "1")], stream: 13)
                #expect(try client.streamError(13) == 1)
                try Self.get(client, 15)
                #expect(try client.answer(stream: 15).status == 200)
                try Self.get(client, 15)
                #expect(try client.streamError(15) == 5)
                let flags = try await proxy.sink.spans(8).compactMap { $0.text("waybill.response_flags") }
                #expect(flags.filter { $0 == "DPE" }.count == 7)
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

        @Test func moreStreamsThanAllowedAreRefused() async throws {
            var limits = RequestLimits()
            limits.maximumConcurrentStreams = 3
            try await TestProxy.with(try .answering(Self.upstream), limits: limits) { proxy in
                let client = try FrameClient(try proxy.connect())
                for stream: Int32 in [1, 3, 5, 7] {
                    try client.headers(FrameClient.request("POST"), stream: stream, ends: false)
                }
                #expect(try client.streamError(7) == 7)
                #expect(proxy.counter("waybill_proxy_http_faults_total{reason=\"http2_too_many_streams\"}") == 1)
                try client.data([1], stream: 1, ends: true)
                #expect(try client.answer(stream: 1).status == 200)
                try Self.get(client, 9)
                #expect(try client.answer(stream: 9).status == 200)
            }
        }
    }
}
