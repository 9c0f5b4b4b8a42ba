import Mesh
import Synchronization
import Telemetry
import Testing

extension ProxyTests {
    /// What befalls one stream of a connection to an endpoint, and what befalls all.
    @Suite(.serialized)
    struct StreamFailures {
        static let http2: @Sendable (inout Cluster) -> Void = { $0.httpProtocol = .http2 }

        /// One connection is lost with several requests on it: those that may be are sent again, the others end.
        @Test func aLostConnectionEndsEachOfItsRequests() async throws {
            let held = Mutex(0)
            let server = try FrameServer.answering { request in
                if request.connection > 1 { return .answer([(":status", "200")], body: Array(request.path.utf8)) }
                return held.withLock { held in
                    held += 1
                    return held == 4 ? .close : .silence
                }
            }
            try await TestProxy.with(server, route: Retries.route, cluster: Self.http2) { proxy in
                let client = try FrameClient(try proxy.connect())
                for stream: Int32 in [1, 3, 5] {
                    try client.headers(FrameClient.request("GET", "/\(stream)"), stream: stream)
                }
                try client.headers(FrameClient.request("POST", "/7"), stream: 7)
                for stream: Int32 in [1, 3, 5] { #expect(try client.answer(stream: stream).text == "/\(stream)") }
                let post = try client.answer(stream: 7)
                #expect(post.status == 502 && post.field("x-waybill-response-flags") == "UC")
                #expect(server.connections == 2)
            }
        }

        /// GOAWAY: what the endpoint has taken is still answered, what it has not is sent on another connection.
        @Test func whatWasNotTakenGoesElsewhere() async throws {
            let server = try TestUpstream { socket, number in
                let peer = try FrameClient(socket, greets: false)
                _ = try socket.read(24)
                try peer.send(4)
                var streams: [Int32] = []
                while true {
                    let frame = try peer.next()
                    guard frame.kind == 1 else { continue }
                    _ = try peer.fields(of: frame)
                    streams.append(frame.stream)
                    if number > 1 {
                        try peer.headers([(":status", "200"), ("x-by", "second")], stream: frame.stream)
                    } else if streams.count == 3 {
                        try peer.send(7, payload: [0, 0, 0, 1, 0, 0, 0, 0])
                        try peer.headers([(":status", "200"), ("x-by", "first")], stream: 1)
                    }
                }
            }
            try await TestProxy.with(server, cluster: Self.http2) { proxy in
                let client = try FrameClient(try proxy.connect())
                for stream: Int32 in [1, 3, 5] { try client.headers(FrameClient.request("POST"), stream: stream) }
                let by = try [1, 3, 5].map { try client.answer(stream: $0).field("x-by") }
                #expect(by == ["first", "second", "second"])
                #expect(server.connections == 2)
                let spans = try await proxy.sink.spans(5)
                let refused = spans.filter { $0.text("waybill.response_flags") == "UR" }
                #expect(refused.count == 2)
                #expect(refused.allSatisfy { $0.attributes.first("waybill.attempt.unprocessed") == .bool(true) })
                #expect(spans.count { $0.attributes.first("waybill.attempt.unprocessed") != nil } == 2)
            }
        }

        /// An endpoint that refuses streams has not failed at them.
        @Test func aRefusedStreamThatIsSentElsewhereEjectsNobody() async throws {
            let refusing = try FrameServer.answering { request in
                request.number % 2 == 1 ? .reset(7) : .answer([(":status", "200")])
            }
            let detection = OutlierDetection(consecutive5xx: 1, baseEjectionMilliseconds: 60_000)
            try await TestProxy.with(
                [refusing, try FrameServer.answering { _ in .answer([(":status", "200")]) }],
                cluster: {
                    $0.httpProtocol = .http2
                    $0.outlierDetection = detection
                }
            ) { proxy in
                let client = try FrameClient(try proxy.connect())
                for number in 0..<8 {
                    try client.headers(FrameClient.request("POST"), stream: Int32(2 * number + 1))
                    #expect(try client.answer(stream: Int32(2 * number + 1)).status == 200)
                }
                #expect(proxy.counter(#"waybill_proxy_endpoint_ejections_total{cluster="up"}"#) == 0)
            }
        }

        /// A client that leaves one stream takes nothing from the others of its connection.
        @Test func aCancelledStreamLeavesItsNeighbours() async throws {
            let server = try FrameServer.answering { request in
                request.path == "/wait" ? .silence : .answer([(":status", "200")], body: [1, 2, 3])
            }
            try await TestProxy.with(server, cluster: Self.http2) { proxy in
                let client = try FrameClient(try proxy.connect())
                for stream in stride(from: Int32(1), to: 41, by: 4) {
                    try client.headers(FrameClient.request("GET", "/wait"), stream: stream)
                    try client.headers(FrameClient.request("GET", "/now"), stream: stream + 2)
                    try client.send(3, stream: stream, payload: [0, 0, 0, 8])
                    #expect(try client.answer(stream: stream + 2).body == [1, 2, 3])
                }
                #expect(server.connections == 1)
                let flags = try await proxy.sink.spans(20).map { $0.text("waybill.response_flags") }
                #expect(flags.count { $0 == "DC" } == 10 && flags.count { $0 == nil } == 10)
            }
        }

        /// Requests beyond what one connection carries open another, and wait when there may be no more.
        @Test func streamsBeyondACeilingWait() async throws {
            let server = try FrameServer.answering { request in
                .answer([(":status", "200")], body: Array(request.path.utf8))
            }
            try await TestProxy.with(
                server,
                cluster: {
                    $0.httpProtocol = .http2
                    $0.maximumConcurrentStreams = 2
                    $0.maximumConnections = 2
                }
            ) { proxy in
                let client = try FrameClient(try proxy.connect())
                for stream in stride(from: Int32(1), to: 61, by: 2) {
                    try client.headers(FrameClient.request("GET", "/\(stream)"), stream: stream)
                }
                for stream in stride(from: Int32(1), to: 61, by: 2) {
                    #expect(try client.answer(stream: stream).text == "/\(stream)")
                }
                #expect(server.connections <= 2)
            }
        }
    }
}
