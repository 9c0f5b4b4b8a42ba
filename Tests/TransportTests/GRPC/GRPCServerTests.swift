import NIOCore
import NIOHTTP2
import NIOPosix
import Testing
import Transport

@Suite(.timeLimit(.minutes(2))) struct GRPCServerTests {
    private static let hello = GRPCMessageWriter.buffer(Array("hello".utf8))

    @Test func answersWithHeadersMessageAndTrailers() async throws {
        try await GRPCTestServer.with { server in
            let client = try await server.client()
            let answer = try await client.call("/t.T/Echo", Self.hello)
            #expect(answer.headers.count == 2)
            #expect(answer.headers.first?.first(name: ":status") == "200")
            #expect(answer.headers.first?.first(name: "content-type") == "application/grpc")
            #expect(answer.headers.first?.first(name: "grpc-accept-encoding") == "gzip,identity")
            #expect(answer.body == Self.hello)
            #expect(answer.status == "0" && answer.reset == nil)
            try await client.close()
        }
    }

    @Test func aMessageInManyPieces() async throws {
        try await GRPCTestServer.with { server in
            let client = try await server.client()
            let message = GRPCMessageWriter.buffer((0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
            let stream = try await client.begin("/t.T/Echo")
            var rest = message
            while let piece = rest.readSlice(length: min(7_001, rest.readableBytes)), piece.readableBytes > 0 {
                try await client.data(piece, on: stream, ends: false)
            }
            try await client.data(ByteBuffer(), on: stream, ends: true)
            // More than the stream's window: the server waits for the client's update, and other calls do not wait.
            try await client.send(.windowUpdate(windowSizeIncrement: 1 << 20), on: 0)
            let other = try await client.call("/t.T/Encoding", Self.hello)
            #expect(other.status == "0")
            try await client.send(.windowUpdate(windowSizeIncrement: 1 << 20), on: stream)
            let answer = try await client.answer(stream)
            #expect(answer.body == message && answer.status == "0")
            try await client.close()
        }
    }

    @Test func refusalsAreTrailersOnly() async throws {
        try await GRPCTestServer.with { server in
            let client = try await server.client()
            let unknown = try await client.call("/other.Service/Do", Self.hello)
            #expect(unknown.headers.count == 1 && unknown.status == "12")
            let service = try await client.call("/t.T/Wrong", Self.hello)
            #expect(service.status == "3" && service.message == "not this: %C3%BC")
            let encoding = try await client.call("/t.T/Echo", Self.hello, metadata: [("grpc-encoding", "zstd")])
            #expect(encoding.status == "12")
            #expect(encoding.headers[0].first(name: "grpc-accept-encoding") == "gzip,identity")
            let stream = try await client.begin("/t.T/Echo", type: "application/json", ends: true)
            let type = try await client.answer(stream)
            #expect(type.headers[0].first(name: ":status") == "415" && type.status == "2")
            // And the connection is as good as before.
            #expect(try await client.call("/t.T/Echo", Self.hello).status == "0")
            #expect(server.service.state.withLock { $0.refused } == [.unimplemented, .unknown])
            try await client.close()
        }
    }

    @Test func theEncodingReachesTheService() async throws {
        try await GRPCTestServer.with { server in
            let client = try await server.client()
            let packed = GRPCMessageWriter.buffer([1, 2], isCompressed: true)
            let named = try await client.call("/t.T/Encoding", packed, metadata: [("grpc-encoding", "gzip")])
            #expect(named.body.readableBytesView.dropFirst(5).elementsEqual("gzip".utf8))
            // A message may stay plain although an encoding is named.
            let plain = try await client.call("/t.T/Encoding", Self.hello, metadata: [("grpc-encoding", "gzip")])
            #expect(plain.body.readableBytesView.dropFirst(5).elementsEqual("none".utf8))
            #expect(try await client.call("/t.T/Encoding", packed).status == "13")
            try await client.close()
        }
    }

    @Test func aMessageTooLargeIsRefusedByItsLengthAlone() async throws {
        var limits = GRPCLimits()
        limits.maximumMessageBytes = 1_000
        limits.messageLimitName = "requestBytes"
        try await GRPCTestServer.with(limits) { server in
            let client = try await server.client()
            let stream = try await client.begin("/t.T/Echo")
            try await client.data(ByteBuffer(bytes: [0, 0, 0, 4, 0]), on: stream, ends: false)
            let answer = try await client.answer(stream)
            #expect(answer.status == "8")
            #expect(answer.message?.contains("1024 bytes, more than the limit of 1000 (limit requestBytes)") == true)
            try await eventually("the stream is reset") { client.state.withLock { $0.answers[stream]?.reset != nil } }
            #expect(client.state.withLock { $0.answers[stream]?.reset } == .noError)
            #expect(try await client.call("/t.T/Echo", Self.hello).status == "0")
            try await client.close()
        }
    }

    @Test func memoryThatIsNotThereRefusesTheCall() async throws {
        try await GRPCTestServer.with(service: GRPCTestService(memory: 20)) { server in
            let client = try await server.client()
            let answer = try await client.call("/t.T/Echo", GRPCMessageWriter.buffer([UInt8](repeating: 0, count: 50)))
            #expect(answer.status == "14")
            #expect(answer.headers[0].first(name: "grpc-status-details-bin") == "AQID")
            #expect(try await client.call("/t.T/Echo", Self.hello).status == "0")
            #expect(server.service.state.withLock { $0.highest } <= 20)
            try await client.close()
        }
    }

    @Test func aDeadlineIsAnsweredAndTheWorkGivenUp() async throws {
        try await GRPCTestServer.with { server in
            let client = try await server.client()
            let answer = try await client.call("/t.T/Never", Self.hello, metadata: [("grpc-timeout", "1500m")])
            #expect(answer.status == "4")
            let waiting = server.service.state.withLock { $0.waiting }
            #expect(waiting.count == 1)
            let call = try #require(waiting.first)
            #expect(call.request.cancellation.isCancelled)
            // The late answer is for nobody.
            call.reply(.message([1]))
            server.service.state.withLock { $0.waiting = [] }
            #expect(try await client.call("/t.T/Echo", Self.hello).status == "0")
            #expect(client.state.withLock { $0.answers[1]?.headers.count } == 1)
            try await client.close()
        }
    }

    @Test func aSlowMessageIsGivenUp() async throws {
        var limits = GRPCLimits()
        limits.bodyTimeoutMilliseconds = 200
        try await GRPCTestServer.with(limits) { server in
            let client = try await server.client()
            let stream = try await client.begin("/t.T/Echo")
            try await client.data(ByteBuffer(bytes: [0, 0]), on: stream, ends: false)
            let answer = try await client.answer(stream)
            #expect(answer.status == "4" && answer.message?.contains("200 ms") == true)
            try await client.close()
        }
    }

    @Test func cancelledCallsGiveBackWhatTheyHold() async throws {
        try await GRPCTestServer.with { server in
            let client = try await server.client()
            let half = try await client.begin("/t.T/Echo")
            try await client.data(Self.hello.getSlice(at: 0, length: 7)!, on: half, ends: false)
            try await eventually("bytes are held") { server.service.state.withLock { $0.reserved == 7 } }
            try await client.send(.rstStream(.cancel), on: half)
            try await eventually("bytes are given back") { server.service.state.withLock { $0.reserved == 0 } }
            let asked = try await client.begin("/t.T/Never")
            try await client.data(Self.hello, on: asked, ends: true)
            try await eventually("it is served") { server.service.state.withLock { $0.waiting.count == 1 } }
            try await client.send(.rstStream(.cancel), on: asked)
            try await eventually("it is given up") {
                server.service.state.withLock { $0.waiting[0].request.cancellation.isCancelled }
            }
            #expect(try await client.call("/t.T/Echo", Self.hello).status == "0")
            try await client.close()
        }
    }

    @Test func manyCallsOnOneConnection() async throws {
        try await GRPCTestServer.with { server in
            let client = GRPCClient(host: "127.0.0.1", port: server.port, group: GRPCTestServer.group)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<1_000 {
                    group.addTask {
                        let message = Array(String(repeating: "\(index)", count: index).utf8)
                        guard case .message(let echoed) = await client.call("/t.T/Echo", message) else {
                            throw NeverHappened(description: "call \(index) failed")
                        }
                        #expect(echoed == message)
                    }
                }
                try await group.waitForAll()
            }
            client.close()
        }
    }

    @Test func theClientSaysWhatItWasTold() async throws {
        try await GRPCTestServer.with { server in
            let client = GRPCClient(host: "127.0.0.1", port: server.port, group: GRPCTestServer.group)
            guard case .status(let status) = await client.call("/t.T/Wrong", []) else {
                Issue.record("a refusal was taken for an answer")
                return
            }
            #expect(status == GRPCStatus(.invalidArgument, "not this: ü"))
            client.close()
        }
        let nobody = GRPCClient(host: "127.0.0.1", port: 1, group: GRPCTestServer.group)
        guard case .status(let status) = await nobody.call("/t.T/Echo", []) else {
            Issue.record("nobody answered")
            return
        }
        #expect(status.code == .unavailable)
    }
}
