import NIOCore
import NIOHPACK
import NIOHTTP2

/// Serves the unary calls of one connection, straight from its HTTP/2 frames: a channel for each of many short streams
/// would cost more than the calls do.
final class GRPCServerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    let service: any GRPCService
    let limits: GRPCLimits
    let headers: GRPCResponseHeaders
    private let isTLS: Bool
    private let failure: GRPCConnectionFailure
    private var streams: [HTTP2StreamID: GRPCServerStream] = [:]
    private var clock: GRPCConnectionClock
    private var ticking: RepeatedTask?
    private var context: ChannelHandlerContext?
    private var mailbox: GRPCMailbox?
    private var peer: GRPCPeer?
    private var needsFlush = false

    init(service: any GRPCService, limits: GRPCLimits, isTLS: Bool, failure: GRPCConnectionFailure) {
        self.service = service
        self.limits = limits
        self.isTLS = isTLS
        self.failure = failure
        headers = GRPCResponseHeaders(encodings: service.encodings)
        clock = GRPCConnectionClock(limits: limits, now: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        mailbox = GRPCMailbox(handler: bound, eventLoop: context.eventLoop)
        ticking = context.eventLoop.scheduleRepeatedTask(initialDelay: clock.interval, delay: clock.interval) { _ in
            bound.value.tick()
        }
        if context.channel.isActive { open() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ticking?.cancel()
        mailbox?.close()
        mailbox = nil
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        open()
        context.fireChannelActive()
    }

    private func open() {
        // SETTINGS speak of streams alone; the connection's window grows by an update (RFC 9113 §6.9.2).
        let increment = limits.connectionWindowBytes - 65_535
        if increment > 0 { write(.windowUpdate(windowSizeIncrement: increment), on: .rootStream) }
        flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        for stream in streams.values { release(stream) }
        streams = [:]
        ticking?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        clock.frameArrived(now: .now())
        switch frame.payload {
        case .headers(let fields):
            if let stream = streams[frame.streamID] {
                carryOut(stream.call.received(ByteBuffer(), endsStream: fields.endStream), for: stream)
            } else {
                begin(frame.streamID, fields)
            }
        case .data(let body):
            guard let stream = streams[frame.streamID], case .byteBuffer(let bytes) = body.data else { return }
            take(bytes, endsStream: body.endStream, for: stream)
        default: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // A client that does not read its answers is not read from either.
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: context.channel.isWritable)
        } catch {
            context.close(promise: nil)
        }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as NIOHTTP2WindowUpdatedEvent: replenish(event)
        case let event as StreamClosedEvent:
            if let stream = streams.removeValue(forKey: event.streamID) { release(stream) }
        case is ChannelShouldQuiesceEvent: clock.quiescing(now: .now())
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An error of one stream has reset that stream. One of the connection has said GOAWAY and leaves the end to us.
        let isOfHTTP2 = error is any NIOHTTP2Error || error is NIOHTTP2Errors.StreamError
        if !isOfHTTP2 || failure.hasHappened { context.close(promise: nil) }
    }

    // MARK: Calls

    private func begin(_ id: HTTP2StreamID, _ fields: HTTP2Frame.FramePayload.Headers) {
        let now = NIODeadline.now()
        clock.callBegan(now: now)
        let head: GRPCCallHead
        do throws(GRPCRefusal) {
            head = try GRPCCallHead.read(fields.headers, peer: connectedPeer(), encodings: service.encodings)
        } catch {
            return refuse(id, error, resetsStream: !fields.endStream)
        }
        let caller: GRPCCaller
        do throws(GRPCStatus) {
            caller = try service.admit(head)
        } catch {
            return finish(id, .status(error), resetsStream: !fields.endStream)
        }
        let stream = GRPCServerStream(id: id, head: head, caller: caller, limits: limits, now: now)
        streams[id] = stream
        if let timeout = head.timeoutNanoseconds, let context {
            let bound = NIOLoopBound((self, stream), eventLoop: context.eventLoop)
            stream.deadline = context.eventLoop.scheduleTask(in: .nanoseconds(timeout)) {
                let (handler, stream) = bound.value
                handler.carryOut(stream.call.deadlinePassed(), for: stream)
                handler.flush()
            }
        }
        if fields.endStream { carryOut(stream.call.received(ByteBuffer(), endsStream: true), for: stream) }
    }

    private func take(_ bytes: ByteBuffer, endsStream: Bool, for stream: GRPCServerStream) {
        guard stream.call.isReceiving else { return }
        if let status = service.reserve(bytes.readableBytes, for: stream.caller) {
            return carryOut(stream.call.refuse(status), for: stream, isServiceWord: true)
        }
        stream.reserved += bytes.readableBytes
        carryOut(stream.call.received(bytes, endsStream: endsStream), for: stream)
    }

    /// - Parameter isServiceWord: Whether the service itself chose the answer, and has counted what it refused.
    private func carryOut(_ action: GRPCCall.Action, for stream: GRPCServerStream, isServiceWord: Bool = false) {
        switch action {
        case .none: break
        case .serve(let message): serve(message, for: stream)
        case .finish(let reply, let resetsStream):
            if !isServiceWord, case .status(let status) = reply { service.refused(status) }
            streams[stream.id] = nil
            release(stream)
            finish(stream.id, reply, resetsStream: resetsStream)
        case .abandon: release(stream)
        }
    }

    private func serve(_ message: GRPCMessageReader.Message, for stream: GRPCServerStream) {
        guard let mailbox else { return }
        let request = GRPCRequest(
            head: stream.head, caller: stream.caller, message: message.bytes,
            encoding: message.isCompressed ? stream.head.encoding : nil, cancellation: stream.cancellation)
        // The bytes are the service's until it answers, whether or not anyone still waits.
        let reserved = stream.reserved
        stream.reserved = 0
        let id = stream.id
        service.respond(to: request) { [service] reply in
            service.release(reserved, for: request.caller)
            mailbox.put(reply, for: id)
        }
    }

    func deliverReplies() {
        guard let mailbox else { return }
        for (id, reply) in mailbox.takeAll() {
            guard let stream = streams[id] else { continue }
            carryOut(stream.call.answered(reply), for: stream, isServiceWord: true)
        }
        flush()
    }

    private func tick() {
        let now = NIODeadline.now()
        // Answering changes the table.
        let late = streams.values.filter { $0.call.isReceiving && $0.bodyDeadline <= now }
        for stream in late { carryOut(stream.call.bodyTimedOut(), for: stream) }
        switch clock.tick(now: now, openCalls: streams.count) {
        case .none: break
        case .ping: write(.ping(HTTP2PingData(withInteger: 0), ack: false), on: .rootStream)
        case .quiesce: context?.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        case .close: context?.close(promise: nil)
        }
        flush()
    }

    // MARK: Memory and windows

    /// Gives back what the call holds and stops its clock.
    private func release(_ stream: GRPCServerStream) {
        stream.deadline?.cancel()
        stream.deadline = nil
        stream.cancellation.cancel()
        if stream.reserved > 0 { service.release(stream.reserved, for: stream.caller) }
        stream.reserved = 0
    }

    private func replenish(_ event: NIOHTTP2WindowUpdatedEvent) {
        guard let size = event.inboundWindowSize else { return }
        let target: Int
        if event.streamID == .rootStream {
            target = limits.connectionWindowBytes
        } else {
            guard let stream = streams[event.streamID], stream.call.isReceiving else { return }
            target = limits.streamWindowBytes
        }
        // Not for every frame: when half of it is used up.
        if size <= target / 2 { write(.windowUpdate(windowSizeIncrement: target - size), on: event.streamID) }
    }

    // MARK: Frames out

    private func refuse(_ id: HTTP2StreamID, _ refusal: GRPCRefusal, resetsStream: Bool) {
        service.refused(refusal.status)
        writeHeaders(headers.refused(refusal.status, httpStatus: refusal.httpStatus), endsStream: true, on: id)
        if resetsStream { write(.rstStream(.noError), on: id) }
    }

    private func finish(_ id: HTTP2StreamID, _ reply: GRPCReply, resetsStream: Bool) {
        switch reply {
        case .message(let bytes):
            writeHeaders(headers.response, endsStream: false, on: id)
            write(.data(.init(data: .byteBuffer(GRPCMessageWriter.buffer(bytes)))), on: id)
            writeHeaders(headers.success, endsStream: true, on: id)
        case .status(let status): writeHeaders(headers.refused(status), endsStream: true, on: id)
        }
        // The client may stop sending: it has its answer (RFC 9113 §8.1).
        if resetsStream { write(.rstStream(.noError), on: id) }
    }

    private func writeHeaders(_ fields: HPACKHeaders, endsStream: Bool, on id: HTTP2StreamID) {
        write(.headers(.init(headers: fields, endStream: endsStream)), on: id)
    }

    private func write(_ payload: HTTP2Frame.FramePayload, on id: HTTP2StreamID) {
        guard let context else { return }
        needsFlush = true
        context.write(wrapOutboundOut(HTTP2Frame(streamID: id, payload: payload)), promise: nil)
    }

    private func flush() {
        guard needsFlush else { return }
        needsFlush = false
        context?.flush()
    }

    private func connectedPeer() -> GRPCPeer {
        if let peer { return peer }
        let channel = context?.channel
        let peer = GRPCPeer(
            address: channel?.remoteAddress?.ipAddress ?? "unknown",
            identity: isTLS ? channel.flatMap { peerPrincipal(of: $0) } : nil)
        self.peer = peer
        return peer
    }
}
