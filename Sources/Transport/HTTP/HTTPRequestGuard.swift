import NIOCore
import NIOHTTP1

/// Stands between NIO's request parser and the server: checks every request, answers what is refused, watches the
/// clocks, and ends the connection where HTTP/1.1 says so. What reaches the server is well-formed.
///
/// A refused request never reaches the server, except where its body goes wrong midway: then the server gets the
/// `HTTPRefusal` by `errorCaught`, and whatever it still writes fails.
public final class HTTPRequestGuard: ChannelDuplexHandler {
    public typealias InboundIn = HTTPServerRequestPart
    public typealias InboundOut = HTTPServerRequestPart
    public typealias OutboundIn = HTTPServerResponsePart
    public typealias OutboundOut = HTTPServerResponsePart

    /// After a refusal the rest of what the client sends is read and dropped this long, so that the answer is not
    /// destroyed by a reset.
    static let lingerMilliseconds: Int64 = 500

    private let limits: HTTPLimits
    private let onRefusal: (@Sendable (HTTPRefusal) -> Void)?
    private var exchange = HTTPExchangeState()
    private var clock: HTTPClock
    private var ticking: Scheduled<Void>?

    public init(limits: HTTPLimits, onRefusal: (@Sendable (HTTPRefusal) -> Void)? = nil) {
        self.limits = limits
        self.onRefusal = onRefusal
        clock = HTTPClock(limits: limits, now: .now())
    }

    public func handlerAdded(context: ChannelHandlerContext) {
        clock.becameIdle(now: .now())
        scheduleTick(context)
    }

    public func handlerRemoved(context: ChannelHandlerContext) { ticking?.cancel() }

    public func channelInactive(context: ChannelHandlerContext) {
        ticking?.cancel()
        ticking = nil
        context.fireChannelInactive()
    }

    // MARK: Requests

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard exchange.takesInput else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): requestHead(context, head)
        case .body(let bytes):
            guard exchange.bodyBytes(bytes.readableBytes, limit: limits.maximumBodyBytes) else {
                refuse(
                    context,
                    HTTPRefusal(
                        .bodyTooLarge, .payloadTooLarge,
                        "the body has more than \(limits.maximumBodyBytes) bytes, which is the most possible"))
                return
            }
            context.fireChannelRead(data)
        case .end:
            exchange.requestEnded()
            clock.requestEnded(now: .now(), isIdle: exchange.isIdle)
            context.fireChannelRead(data)
        }
    }

    private func requestHead(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        do throws(HTTPRefusal) {
            try HTTPRequestRules.check(head, limits: limits)
        } catch {
            refuse(context, error)
            return
        }
        var head = head
        if let expectation = head.headers.first(name: "expect") {
            guard expectation.lowercased() == "100-continue" else {
                refuse(context, HTTPRefusal(.expectation, .expectationFailed, "the only Expect known is 100-continue"))
                return
            }
            head.headers.remove(name: "expect")
            if exchange.isIdle {
                let interim = HTTPResponseHead(version: .http1_1, status: .continue)
                context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
            }
        }
        // After a request that asks for an upgrade the parser reads no further: it is served as if it had not asked
        // (RFC 9110 §7.8), and the connection ends with its response.
        let asksUpgrade = head.headers.contains(name: "upgrade")
        if asksUpgrade { head.headers.remove(name: "upgrade") }
        exchange.requestBegan(isLast: asksUpgrade || !head.isKeepAlive)
        clock.bodyBegan(now: .now())
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else {
            context.fireErrorCaught(error)
            return
        }
        // What follows a last request is not read, so it is not judged either.
        guard exchange.takesInput, !exchange.lastRequestEnded else { return }
        refuse(context, HTTPRefusal(error))
    }

    /// The first bytes of something, before the parser has made sense of them.
    func bytesArrived() { clock.bytesArrived(now: .now(), isIdle: exchange.isIdle) }

    // MARK: Responses

    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard exchange.takesOutput else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where !(100..<200).contains(head.status.code):
            if !head.isKeepAlive { exchange.responseSaysClose() }
            if exchange.closesAfterResponse {
                head.headers.replaceOrAdd(name: "connection", value: "close")
            }
            exchange.responseBegan()
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .head, .body:
            context.write(data, promise: promise)
        case .end:
            let closes = exchange.responseEnded()
            clock.responseEnded(now: .now(), isIdle: exchange.isIdle)
            if let refusal = exchange.dueRefusal() {
                context.write(data, promise: promise)
                answer(context, refusal)
            } else if closes {
                let written = promise ?? context.eventLoop.makePromise(of: Void.self)
                context.write(data, promise: written)
                finish(context, after: written.futureResult)
            } else {
                context.write(data, promise: promise)
            }
        }
    }

    public func read(context: ChannelHandlerContext) {
        clock.reading(now: .now())
        context.read()
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        clock.readComplete()
        context.fireChannelReadComplete()
    }

    // MARK: Refusing

    private func refuse(_ context: ChannelHandlerContext, _ refusal: HTTPRefusal) {
        onRefusal?(refusal)
        switch exchange.refuse(refusal) {
        case .answerNow:
            context.fireErrorCaught(refusal)
            answer(context, refusal)
        case .answerWhenDue: break
        case .closeNow:
            context.fireErrorCaught(refusal)
            context.close(promise: nil)
        }
    }

    private func answer(_ context: ChannelHandlerContext, _ refusal: HTTPRefusal) {
        exchange.refusalAnswered()
        let text = "\(refusal.description)\n"
        var head = HTTPResponseHead(version: .http1_1, status: refusal.status)
        head.headers.add(name: "content-type", value: "text/plain; charset=utf-8")
        head.headers.add(name: "content-length", value: String(text.utf8.count))
        head.headers.add(name: "connection", value: "close")
        let written = context.eventLoop.makePromise(of: Void.self)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(string: text)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        finish(context, after: written.futureResult)
    }

    /// Ends the sending side once everything is written, and the connection when the client has ended its own.
    private func finish(_ context: ChannelHandlerContext, after written: EventLoopFuture<Void>) {
        written.assumeIsolated().whenComplete { _ in
            context.close(mode: .output, promise: nil)
            context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Self.lingerMilliseconds)) {
                context.close(promise: nil)
            }
        }
    }

    // MARK: Clocks

    private func scheduleTick(_ context: ChannelHandlerContext) {
        ticking = context.eventLoop.assumeIsolated().scheduleTask(in: clock.tick) { [weak self] in
            self?.tick(context)
        }
    }

    private func tick(_ context: ChannelHandlerContext) {
        guard context.channel.isActive || !exchange.takesOutput else { return scheduleTick(context) }
        switch clock.expired(now: .now(), receivesBody: exchange.receivesBody, isIdle: exchange.isIdle) {
        case .nothing: break
        case .idle:
            context.close(promise: nil)
            return
        case .header where exchange.takesInput:
            refuse(
                context,
                HTTPRefusal(
                    .headerTimeout, .requestTimeout,
                    "the request's header did not arrive within \(limits.headerTimeoutMilliseconds) ms"))
            return
        case .body where exchange.takesInput:
            refuse(
                context,
                HTTPRefusal(
                    .bodyTimeout, .requestTimeout,
                    "no more of the request's body arrived for \(limits.bodyTimeoutMilliseconds) ms"))
            return
        case .header, .body: break
        }
        scheduleTick(context)
    }
}
