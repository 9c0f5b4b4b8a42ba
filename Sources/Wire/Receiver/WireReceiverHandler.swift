import NIOCore

/// The collector's side of the wire protocol: one per connection, in the pipeline after TLS.
///
/// Turns bytes into submissions for its delegate, acknowledges in order what the delegate has made durable, and ends
/// the connection, with an error frame that says why, at the first thing that breaks the protocol.
public final class WireReceiverHandler: ChannelDuplexHandler {
    public typealias InboundIn = ByteBuffer
    public typealias OutboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    private let limits: WireLimits
    private let delegate: any WireReceiverDelegate
    private let principal: @Sendable (any Channel) -> String
    private let budget: WireMemoryBudget?
    private var session = ReceiverSession()
    private var identity: SessionIdentity?
    private var decoder: FrameDecoder
    private var encoder: FrameEncoder
    private var received = ByteBuffer()
    private var completions: Completions?
    private var timer: Scheduled<Void>?
    private var lastRead = NIODeadline.now()
    private var lastWritten = NIODeadline.now()
    private var signs: RepeatedTask?
    private var isReadWanted = false
    /// Reads nothing more, and ends as soon as what it has read is answered.
    private var isEnding = false
    private var isEnded = false

    /// `principal` names the verified peer; it is asked once, when HELLO arrives. `budget` is shared by the receiver's
    /// sessions.
    public init(
        limits: WireLimits, delegate: any WireReceiverDelegate, budget: WireMemoryBudget? = nil,
        principal: @escaping @Sendable (any Channel) -> String
    ) {
        let limits = limits.consistent
        self.limits = limits
        self.budget = budget
        self.delegate = delegate
        self.principal = principal
        decoder = FrameDecoder(limits: limits)
        encoder = FrameEncoder(limits: limits, compression: false)
        encoder.preamble()
    }

    public func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        completions = Completions(loop: context.eventLoop) { bound.value.0.completed($0, context: bound.value.1) }
        lastRead = .now()
        timer = context.eventLoop.scheduleTask(in: .seconds(Int64(limits.handshakeTimeoutSeconds))) {
            bound.value.0.handshakeTimedOut(context: bound.value.1)
        }
    }

    public func handlerRemoved(context: ChannelHandlerContext) { finish() }

    public func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnded else { return }
        lastRead = .now()
        var bytes = unwrapInboundIn(data)
        if received.readableBytes == 0 { received = bytes } else { received.writeBuffer(&bytes) }
        process(context: context)
    }

    /// The transport failed, or the TLS handshake did: then nobody has said HELLO.
    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !isEnded, session.isAwaitingHello { delegate.refusedFrame(reason: .handshakeFailed) }
        finish()
        context.close(promise: nil)
    }

    /// Nothing more is read while the delegate is behind, or the peer does not read what it is sent.
    public func read(context: ChannelHandlerContext) {
        if isPaused(context) { isReadWanted = true } else { context.read() }
    }

    /// `ChannelShouldQuiesceEvent` ends the connection gently: what was read is answered before. What the exporter sends
    /// meanwhile it sends again on its next connection.
    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isEnding = true
            endWhenAnswered(context: context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func endWhenAnswered(context: ChannelHandlerContext) {
        if isEnding, session.pendingCount == 0 { end(context: context) }
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        resume(context: context)
        context.fireChannelWritabilityChanged()
    }

    private func isPaused(_ context: ChannelHandlerContext) -> Bool {
        // What comes after the end is read and dropped: the peer's own end of TLS is among it.
        if isEnded { return false }
        return isEnding || session.pendingCount >= limits.maximumPendingSubmissions
            || session.pendingMemoryBytes >= limits.maximumPendingDecodedBytes
            || session.pendingMemoryBytes > 0 && budget?.isExhausted == true || !context.channel.isWritable
    }

    private func resume(context: ChannelHandlerContext) {
        if isPaused(context) || isEnded { return }
        process(context: context)
        if !isPaused(context) { readAsWanted(context) }
    }

    private func readAsWanted(_ context: ChannelHandlerContext) {
        guard isReadWanted else { return }
        isReadWanted = false
        context.read()
    }

    private func process(context: ChannelHandlerContext) {
        do throws(WireError) {
            while !isEnded, !isPaused(context), let frame = try nextFrame() { try handle(frame, context: context) }
        } catch {
            delegate.refusedFrame(reason: error.code)
            carryOut(session.failed(error, sequence: decoder.currentSequence), context: context)
        }
        if received.readableBytes == 0 { received.clear(minimumCapacity: 0) } else { received.discardReadBytes() }
        writeOut(context: context)
    }

    private enum Step {
        case preamble
        case frame(FrameDecoder.Frame)
    }

    private func nextFrame() throws(WireError) -> Step? {
        var failure: WireError?
        var step: Step?
        let taken = received.withUnsafeReadableBytes { bytes -> Int in
            do throws(WireError) {
                guard let length = try decoder.frameLength(bytes), bytes.count >= length else { return 0 }
                let frame = try decoder.next(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
                step = frame.map(Step.frame) ?? .preamble
                return length
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        received.moveReaderIndex(forwardBy: taken)
        return step
    }

    private func handle(_ step: Step, context: ChannelHandlerContext) throws(WireError) {
        guard case .frame(let frame) = step else { return }
        switch frame {
        case .control(.hello(let hello)):
            try session.helloReceived()
            open(hello, context: context)
        case .control(let control): carryOut(try session.controlReceived(control), context: context)
        case .submission(let submission):
            let memory = submission.memoryBytes
            try session.submitted(
                sequence: submission.sequence, bytes: submission.wireBytes, memoryBytes: memory)
            guard let identity, let completions else { return }
            let sequence = submission.sequence
            budget?.take(memory)
            delegate.received(submission, session: identity) { [budget] result in
                // Held until here whatever becomes of the connection.
                budget?.giveBack(memory)
                completions.add(sequence, result)
            }
        case .dictionaryReset, .unknown:
            if session.isAwaitingHello {
                throw WireError(.unexpectedFrame, field: "frame type", offset: 0, expected: "HELLO as the first frame")
            }
        }
    }

    private func open(_ hello: SessionHello, context: ChannelHandlerContext) {
        let principal = principal(context.channel)
        switch delegate.sessionOpened(hello, principal: principal) {
        case .success(let grant):
            identity = SessionIdentity(
                principal: principal, instance: hello.instance, incarnation: hello.incarnation)
            carryOut(session.granted(grant, limits: SessionLimits(limits)), context: context)
            timer?.cancel()
            scheduleIdleCheck(context: context, after: .seconds(Int64(limits.idleTimeoutSeconds)))
            startSignsOfLife(context: context)
        case .failure(let refusal): carryOut(session.refused(refusal), context: context)
        }
    }

    private func completed(_ results: [(UInt64, Result<Void, WireRefusal>)], context: ChannelHandlerContext) {
        guard !isEnded else { return }
        for (sequence, result) in results { carryOut(session.completed(sequence, result), context: context) }
        writeOut(context: context)
        endWhenAnswered(context: context)
        resume(context: context)
    }

    private func carryOut(_ actions: [ReceiverSession.Action], context: ChannelHandlerContext) {
        for action in actions {
            switch action {
            case .send(let frame): encoder.control(frame)
            case .fail(let refusal, let sequence):
                encoder.control(.error(refusal, sequence: sequence))
                end(context: context)
            case .close: end(context: context)
            }
        }
    }

    /// Sends what is pending and closes. Input that still comes is dropped.
    private func end(context: ChannelHandlerContext) {
        guard !isEnded else { return }
        isEnded = true
        received = ByteBuffer()
        writeOut(context: context)
        context.close(promise: nil)
        finish()
        readAsWanted(context)
    }

    private func writeOut(context: ChannelHandlerContext) {
        if encoder.pendingBytes == 0 { return }
        let buffer = context.channel.allocator.buffer(bytes: encoder.pending)
        encoder.removeAll()
        lastWritten = .now()
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    private func finish() {
        isEnded = true
        timer?.cancel()
        timer = nil
        signs?.cancel()
        signs = nil
        completions?.stop()
        completions = nil
        if let identity { delegate.sessionClosed(identity, lastSequence: session.lastSequence) }
        identity = nil
    }

    /// While nothing is read no PING is answered: a PING of this end's own then shows the exporter that it is there.
    private func startSignsOfLife(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let interval = TimeAmount.seconds(Int64(limits.signOfLifeSeconds))
        signs = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let (handler, context) = bound.value
            let now = NIODeadline.now()
            guard !handler.isEnded, handler.isPaused(context), context.channel.isWritable,
                now - handler.lastWritten >= interval
            else { return }
            handler.encoder.control(.ping(now.uptimeNanoseconds))
            handler.writeOut(context: context)
        }
    }

    private func handshakeTimedOut(context: ChannelHandlerContext) {
        guard !isEnded, session.isAwaitingHello else { return }
        timedOut(.handshakeTimeout, "HELLO within \(limits.handshakeTimeoutSeconds) seconds", context: context)
    }

    private func scheduleIdleCheck(context: ChannelHandlerContext, after delay: TimeAmount) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: delay) {
            let (handler, context) = bound.value
            guard !handler.isEnded else { return }
            let limit = TimeAmount.seconds(Int64(handler.limits.idleTimeoutSeconds))
            let idle = NIODeadline.now() - handler.lastRead
            if idle < limit || handler.session.pendingCount > 0 {
                return handler.scheduleIdleCheck(
                    context: context, after: max(.milliseconds(100), limit - min(idle, limit)))
            }
            handler.timedOut(
                .idleTimeout, "a frame within \(handler.limits.idleTimeoutSeconds) seconds", context: context)
        }
    }

    private func timedOut(_ code: WireErrorCode, _ expected: String, context: ChannelHandlerContext) {
        delegate.refusedFrame(reason: code)
        carryOut(
            session.failed(WireError(code, field: "time", offset: 0, expected: expected), sequence: 0), context: context
        )
        writeOut(context: context)
    }
}
