import NIOCore
import NIOTLS
import Transport

/// What both sides of the proxy share: bytes in, bytes out, and no more of either than the other side can take.
///
/// Everything happens on one event loop. Reads stop while `wantsRead` is false, so that a slow peer is felt by the
/// other end as TCP back-pressure. Writes gather until `Worker.settle()` flushes them.
class ByteConnection: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let worker: Worker
    private(set) var context: ChannelHandlerContext?
    /// Received and not yet understood.
    var input = ByteBuffer()
    var output: OutboundBytes
    /// The peer will send no more.
    private(set) var inputClosed = false
    /// Where the worker keeps this connection; owned by the worker.
    var registryIndex = -1
    /// In the worker's list of connections to flush.
    var isDirty = false
    private var isProcessing = false
    private var mustProcessAgain = false
    private var readWaits = false
    private var isReplaced = false
    /// What TLS agreed on (ALPN); `nil` on plain connections, and where a peer named nothing.
    private(set) var negotiatedProtocol: String?
    /// How long the other end is trusted; `nil` for as long as it likes.
    var standing: PeerStanding? { didSet { notAfter = standing?.notAfter ?? .max } }
    /// Unix seconds from which on the other end is not trusted any more.
    private(set) var notAfter = Int64.max
    /// `nil` for connections that the proxy opened.
    var arrival: Arrival?
    /// Where an intercepted connection wanted to go; `nil` for all others.
    final var original: OriginalDestination? { arrival?.original }
    /// The address of a client without its port; empty where it has none.
    final var peerAddress: [UInt8] { arrival?.peerAddress ?? [] }
    /// The end of this side's own sending, once it has been asked for.
    var outputEnd: EventLoopFuture<Void>?
    /// The peer has been told that no more follows.
    var isOutputShut = false
    /// When a connection that is over is closed, whatever is left to write; the worker sees to it.
    private(set) var closingDeadline: UInt64 = .max
    /// Ends with the request it carries.
    private(set) var isRetiring = false

    init(worker: Worker) {
        self.worker = worker
        output = OutboundBytes(worker.allocator)
    }

    // MARK: What a side of the proxy defines

    /// The listener that accepted it; `nil` for connections that the proxy opened.
    var acceptedBy: ListenerState? { nil }
    /// Who sends the requests of a connection that carries some, once that is known.
    var httpClient: (isSecure: Bool, principal: Principal)? { nil }
    /// Whether it carries many requests at once.
    var isShared: Bool { false }
    /// How long the peer may take to accept the last bytes.
    var closingMilliseconds: Int { Self.standardClosingMilliseconds }
    /// Whether more bytes may be read now.
    var wantsRead: Bool { true }
    /// Understands as much of `input` as it can.
    func step() {}
    /// The peer has said that it sends no more; only where the channel may be closed by halves.
    func inputEnded() {}
    /// The channel is gone; called once.
    func closed() {}
    /// The peer takes bytes again.
    func becameWritable() {}
    /// Looks at the time-outs.
    func check(now: UInt64) {}
    /// No new work: close when nothing is under way.
    func drain() {}
    /// No new work either, but gently: a peer may be sending its next request already, and must not lose it.
    func retire() { isRetiring = true }
    /// The configuration does not have the listener any more that accepted it.
    func listenerRemoved() { retire() }
    /// The other end is not trusted any more, for a reason that follows "its certificate".
    func cutOff(_ reason: String) { close() }
    /// The access rules of the listener have changed.
    func policyChanged() {}
    /// The client of its tunnels may not use them any more.
    func endTunnels(_ sentence: String) {}
    /// The TLS handshake is complete.
    func secured() {}
    /// The channel can carry bytes.
    func active() {}
    /// An error from the channel or its TLS; the channel is closed after it.
    func failed(_ error: any Error) {}

    // MARK: Processing

    /// Runs `step()`, once more for each time that it was asked for meanwhile.
    final func process() {
        if isProcessing {
            mustProcessAgain = true
            return
        }
        isProcessing = true
        repeat {
            mustProcessAgain = false
            step()
        } while mustProcessAgain
        isProcessing = false
        if input.readableBytes == 0 { input = worker.emptyBuffer }
        resumeReading()
    }

    final func resumeReading() {
        if readWaits, wantsRead, let context {
            readWaits = false
            context.read()
        }
    }

    // MARK: Writing

    var isWritable: Bool { context?.channel.isWritable ?? false }
    var isOpen: Bool { context != nil && !inputClosed }

    /// Appends to the gathered output.
    final func write<R>(_ body: (inout ByteBuffer) -> R) -> R {
        markDirty()
        return output.withBuffer(body)
    }

    /// Appends a piece of content: copied when small, passed on as it is when large.
    final func write(_ content: ByteBuffer) {
        markDirty()
        if content.readableBytes <= OutboundBytes.copyLimit {
            output.withBuffer { _ = $0.writeImmutableBuffer(content) }
        } else if let context {
            writeGathered(context)
            context.write(wrapOutboundOut(content), promise: nil)
        }
    }

    private func writeGathered(_ context: ChannelHandlerContext) {
        if output.isEmpty { return }
        let gathered = output.take()
        context.write(wrapOutboundOut(gathered), promise: nil)
        output.giveBack(gathered)
    }

    private func markDirty() {
        if !isDirty {
            isDirty = true
            worker.dirty.append(self)
        }
    }

    /// Hands everything gathered to the channel.
    final func flush() {
        isDirty = false
        guard let context else { return }
        if output.isEmpty {
            context.flush()
        } else {
            let gathered = output.take()
            context.writeAndFlush(wrapOutboundOut(gathered), promise: nil)
            output.giveBack(gathered)
        }
    }

    /// Closes the channel, whatever is still to be written.
    final func close() { context?.close(promise: nil) }

    /// Closes the channel after what has been written, which the peer has some time to take.
    final func closeAfterFlush() {
        guard let context else { return }
        limitClosing()
        isDirty = false
        let gathered = output.take()
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(gathered)).whenComplete { _ in channel.close(promise: nil) }
    }

    final func limitClosing() {
        if closingDeadline == .max { closingDeadline = Clock.monotonic().after(milliseconds: closingMilliseconds) }
    }

    /// Sends everything and says that no more follows, while the peer may still send. TLS has no half-closed state that
    /// all peers understand: there, the end of the message must do.
    final func finishOutput(isSecure: Bool) { if isSecure { flush() } else { endOutput() } }

    // MARK: Handing over

    /// `next` takes over the channel and the bytes not yet understood. Nothing may have been written by this handler.
    final func replace(by next: ByteConnection) {
        guard let context else { return }
        precondition(output.isEmpty, "what a handler has written cannot be handed over")
        isReplaced = true
        next.input = input
        next.readWaits = readWaits
        next.negotiatedProtocol = negotiatedProtocol
        next.standing = standing
        next.arrival = arrival
        input = worker.emptyBuffer
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(next, position: .after(self))
        } catch {
            preconditionFailure("this handler is in the pipeline: \(error)")
        }
        worker.unregister(self)
        self.context = nil
        _ = pipeline.removeHandler(context: context)
        next.process()
    }

    /// Leaves the channel to the handlers behind this one, which get what has been received.
    final func withdraw() {
        guard let context else { return }
        isReplaced = true
        let received = input
        input = worker.emptyBuffer
        worker.unregister(self)
        self.context = nil
        if received.readableBytes > 0 {
            context.fireChannelRead(NIOAny(received))
            context.fireChannelReadComplete()
        }
        _ = context.pipeline.syncOperations.removeHandler(context: context)
    }

    // MARK: Channel events

    final func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        worker.register(self)
        if context.channel.isActive { active() }
    }

    final func handlerRemoved(context: ChannelHandlerContext) { gone() }

    final func channelActive(context: ChannelHandlerContext) {
        active()
        context.fireChannelActive()
        worker.settle()
    }

    final func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var received = unwrapInboundIn(data)
        if input.readableBytes == 0 { input = received } else { input.writeBuffer(&received) }
        process()
    }

    final func channelReadComplete(context: ChannelHandlerContext) { worker.settle() }

    final func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            becameWritable()
            worker.settle()
        }
    }

    final func channelInactive(context: ChannelHandlerContext) {
        gone()
        context.fireChannelInactive()
    }

    final func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent {
            negotiatedProtocol = negotiated
            standing = PeerStanding(of: context.channel)
            secured()
            worker.settle()
        } else if (event as? ChannelEvent) == .inputClosed {
            inputEnded()
            worker.settle()
        }
        context.fireUserInboundEventTriggered(event)
    }

    final func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failed(error)
        context.close(promise: nil)
        worker.settle()
    }

    final func read(context: ChannelHandlerContext) {
        if wantsRead { context.read() } else { readWaits = true }
    }

    private func gone() {
        guard !inputClosed, !isReplaced else { return }
        inputClosed = true
        worker.unregister(self)
        closed()
        context = nil
        worker.settle()
    }
}
