import NIOCore
import NIOTLS

/// Waits for a client's first bytes. One that speaks HTTP/1.1 is answered in its own words; for one that speaks HTTP/2
/// the handlers that do are added, and this one is done.
final class GRPCPrefaceCheck: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// `PRI * HTTP/2.0` begins like no method of HTTP/1.1 (RFC 9113 §3.4).
    private static let beginning = Array("PRI ".utf8)
    private static let sentence =
        "This listener speaks gRPC over HTTP/2 and nothing else; OTLP over HTTP has a listener of its own.\n"
    private static let answer =
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
        + "Content-Length: \(sentence.utf8.count)\r\n\r\n\(sentence)"

    private let timeout: TimeAmount
    private let addHandlers: (any Channel) throws -> Void
    private var deadline: Scheduled<Void>?
    private var held = ByteBuffer()

    init(timeout: TimeAmount, addHandlers: @escaping (any Channel) throws -> Void) {
        self.timeout = timeout
        self.addHandlers = addHandlers
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: timeout) { bound.value.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        held.writeBuffer(&bytes)
        let known = min(held.readableBytes, Self.beginning.count)
        guard held.readableBytesView.prefix(known).elementsEqual(Self.beginning.prefix(known)) else {
            held.clear()
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: Self.answer)), promise: nil)
            context.close(promise: nil)
            return
        }
        guard known == Self.beginning.count else { return }
        do {
            try addHandlers(context.channel)
        } catch {
            return context.close(promise: nil)
        }
        context.fireChannelRead(wrapInboundOut(held))
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // No call is on its way yet.
        if event is ChannelShouldQuiesceEvent { context.close(promise: nil) }
        // Over TLS, HTTP/2 is what ALPN has agreed on and nothing else (RFC 9113 §3.3).
        if case TLSUserEvent.handshakeCompleted(let negotiated) = event, negotiated != "h2" {
            context.close(promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
