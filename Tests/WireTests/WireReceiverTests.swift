import Files
import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import Testing
import Wire

@Suite struct WireReceiverTests {
    private func connect(_ port: Int, _ bytes: [UInt8], _ answer: Answer) async throws -> any Channel {
        let channel = try await ClientBootstrap(group: testGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collect(answer))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        return channel
    }

    /// Sends raw bytes and returns what the receiver says until it closes.
    private func converse(_ port: Int, _ bytes: [UInt8]) async throws -> [FrameDecoder.Frame] {
        let answer = Answer()
        try await connect(port, bytes, answer).closeFuture.get()
        return try answer.frames
    }

    private func hello(incarnation: UInt64 = 5) -> [UInt8] {
        var encoder = FrameEncoder(limits: WireLimits(), compression: false)
        encoder.preamble()
        encoder.control(.hello(SessionHello(instance: "x", incarnation: incarnation)))
        return encoder.take()
    }

    private func expectError(_ code: WireErrorCode, for bytes: [UInt8], _ limits: WireLimits = WireLimits())
        async throws
    {
        let collector = TestCollector()
        let server = try await collector.listen(limits: limits)
        let frames = try await converse(try #require(server.localAddress?.port), bytes)
        guard case .control(.error(let refusal, _))? = frames.last else {
            Issue.record("no error frame for \(code.name)")
            return try await server.close()
        }
        #expect(refusal.code == code)
        #expect(!refusal.message.isEmpty)
        #expect(collector.state.withLock { $0.refusedFrames } == [code])
        try await server.close()
    }

    @Test func rubbishGetsItsErrorAndCounter() async throws {
        try await expectError(.notWaybill, for: Array("GET / HTTP/1.1\r\n\r\n".utf8))
        try await expectError(.unsupportedVersion, for: [0x57, 0x41, 0x59, 0x42, 9, 0, 0, 0])
        try await expectError(.unexpectedFrame, for: Array(hello()[..<8]) + sealed(type: .dictionaryReset, payload: []))
        try await expectError(.unexpectedFrame, for: hello() + Array(hello()[8...]))
        try await expectError(.malformedFrame, for: hello() + sealed(type: .spans, payload: [1, 0xFF]))
        try await expectError(
            .sequenceOrder,
            for: hello() + sealed(type: .losses, payload: loss(5)) + sealed(type: .losses, payload: loss(5)))
        var limits = WireLimits()
        limits.handshakeTimeoutSeconds = 1
        limits.idleTimeoutSeconds = 1
        try await expectError(.handshakeTimeout, for: [0x57], limits)
        try await expectError(.idleTimeout, for: hello(), limits)
    }

    @Test func aTransportThatFailsBeforeHelloIsCounted() async throws {
        let collector = TestCollector()
        let server = try await collector.listen(before: { BrokenTransport() })
        let frames = try await converse(try #require(server.localAddress?.port), hello())
        #expect(frames.isEmpty)
        #expect(collector.state.withLock { $0.refusedFrames } == [.handshakeFailed])
        #expect(WireErrorCode.handshakeFailed.name == "handshake_failed")
        try await server.close()
    }

    private func losses(_ sequences: ClosedRange<UInt8>) -> [UInt8] {
        sequences.flatMap { sealed(type: .losses, payload: loss($0)) }
    }

    @Test func nothingMoreIsReadWhileDecodedBytesWaitAndAPingShowsLife() async throws {
        let collector = TestCollector()
        collector.state.withLock { $0.answer = { _ in nil } }
        var limits = WireLimits()
        limits.maximumPendingDecodedBytes = 100
        limits.signOfLifeSeconds = 1
        let server = try await collector.listen(limits: limits)
        let answer = Answer()
        let port = try #require(server.localAddress?.port)
        let channel = try await connect(port, hello() + losses(1...10), answer)
        #expect(
            try await eventually {
                (try? answer.frames.contains { if case .control(.ping) = $0 { true } else { false } }) == true
            })
        // A loss record counts 56 bytes: two reach the limit.
        #expect(collector.state.withLock { $0.losses.count } == 2)
        collector.state.withLock { $0.answer = { _ in .success(()) } }
        collector.releaseHeld()
        #expect(try await eventually { collector.state.withLock { $0.losses.count } == 10 })
        try await channel.close()
        try await server.close()
    }

    @Test func sessionsShareABudgetAndEachMayHaveOneBatch() async throws {
        let collector = TestCollector()
        collector.state.withLock { $0.answer = { _ in nil } }
        let budget = WireMemoryBudget(limitBytes: 100)
        let server = try await collector.listen(budget: budget)
        let port = try #require(server.localAddress?.port)
        let channels = [
            try await connect(port, hello(incarnation: 1) + losses(1...5), Answer()),
            try await connect(port, hello(incarnation: 2) + losses(1...5), Answer()),
        ]
        #expect(try await eventually { budget.usedBytes >= 112 })
        try await Task.sleep(for: .milliseconds(50))
        #expect(budget.usedBytes <= 168, "\(budget.usedBytes)")
        collector.state.withLock { $0.answer = { _ in .success(()) } }
        collector.releaseHeld()
        #expect(try await eventually { collector.state.withLock { $0.losses.count } == 10 })
        #expect(try await eventually { budget.usedBytes == 0 })
        for channel in channels { try await channel.close() }
        try await server.close()
    }

    /// What was read is acknowledged before the end; what was not is the exporter's to send again.
    @Test func anEndThatIsAskedForComesAfterTheAnswers() async throws {
        let collector = TestCollector()
        collector.state.withLock { $0.answer = { _ in nil } }
        let accepted = Mutex<(any Channel)?>(nil)
        let server = try await collector.listen { Meeting { channel in accepted.withLock { $0 = channel } } }
        let answer = Answer()
        let channel = try await connect(try #require(server.localAddress?.port), hello() + losses(1...2), answer)
        #expect(try await eventually { collector.state.withLock { $0.losses.count } == 2 })
        let theirs = try #require(accepted.withLock { $0 })
        try await theirs.eventLoop.submit {
            theirs.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }.get()
        #expect(channel.isActive)
        try await channel.writeAndFlush(ByteBuffer(bytes: losses(3...3)))
        collector.releaseHeld()
        try await channel.closeFuture.get()
        guard case .control(.acknowledge(let sequence, _))? = try answer.frames.last else {
            Issue.record("the last word is not an acknowledgement")
            return try await server.close()
        }
        #expect(sequence == 2)
        #expect(collector.state.withLock { $0.losses.count } == 2)
        #expect(collector.state.withLock { $0.refusedFrames }.isEmpty)
        try await server.close()
    }

    private func loss(_ sequence: UInt8) -> [UInt8] {
        [sequence, 1, 1, 1, 1, 0] + [UInt8](repeating: 0, count: 16)
    }

    @Test func aBadConnectionDisturbsNoOther() async throws {
        let collector = TestCollector()
        let server = try await collector.listen()
        let port = try #require(server.localAddress?.port)
        var configuration = Exporter.Configuration(
            endpoints: [Exporter.Endpoint(host: "127.0.0.1", port: port)], instance: "good")
        configuration.reconnectMinimumMilliseconds = 5
        let exporter = try Exporter(configuration: configuration, group: testGroup, files: RealFileSystem())
        exporter.start()
        let random = SeededGenerator()
        var generator = random
        for index in 0..<20 {
            _ = exporter.export(namedBatch("s\(index)"), delivery: .ordinary)
            let noise = (0..<200).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            _ = try await converse(port, generator.chance(2) ? noise : hello() + noise)
        }
        let statistics = await exporter.shutdown(deadline: .now() + .seconds(20))
        #expect(statistics.acknowledgedBatches == 20, "seed \(random.seed)")
        #expect(statistics.reconnects == 0)
        #expect(collector.state.withLock { $0.refusedFrames.count } == 20, "seed \(random.seed)")
        try await server.close()
    }
}

private final class Answer: Sendable {
    let bytes = Mutex<[UInt8]>([])

    /// The whole frames so far.
    var frames: [FrameDecoder.Frame] {
        get throws {
            var decoder = FrameDecoder(limits: WireLimits())
            var frames: [FrameDecoder.Frame] = []
            try bytes.withLock { $0 }.withUnsafeBytes { raw in
                var rest = raw
                while let length = try decoder.frameLength(rest), length <= rest.count {
                    if let frame = try decoder.next(UnsafeRawBufferPointer(rebasing: rest[..<length])) {
                        frames.append(frame)
                    }
                    rest = UnsafeRawBufferPointer(rebasing: rest[length...])
                }
            }
            return frames
        }
    }
}

/// Shows the channel that was accepted.
private final class Meeting: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let meet: @Sendable (any Channel) -> Void
    init(_ meet: @escaping @Sendable (any Channel) -> Void) { self.meet = meet }
    func handlerAdded(context: ChannelHandlerContext) { meet(context.channel) }
}

/// A transport that fails when the first bytes come, as a TLS handshake with the wrong peer does.
private final class BrokenTransport: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireErrorCaught(ChannelError.inputClosed)
    }
}

private final class Collect: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let answer: Answer
    init(_ answer: Answer) { self.answer = answer }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        answer.bytes.withLock { $0 += bytes }
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
