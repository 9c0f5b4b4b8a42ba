import NIOCore
import NIOHTTP1

/// Sends the one request of a stream and gathers its answer.
final class BankReplyHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: ByteBuffer
    private let timeout: TimeAmount
    private var promise: EventLoopPromise<BankHTTP2Client.Reply>?
    private var reply: BankHTTP2Client.Reply?
    private var waiting: Scheduled<Void>?

    init(
        _ head: HTTPRequestHead, _ body: ByteBuffer, _ timeout: TimeAmount,
        _ promise: EventLoopPromise<BankHTTP2Client.Reply>
    ) {
        self.head = head
        self.body = body
        self.timeout = timeout
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        waiting = context.eventLoop.scheduleTask(in: timeout) {
            let (handler, context) = bound.value
            handler.conclude(.failure(BankHTTP2Client.Silence()))
            context.close(promise: nil)
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if body.readableBytes > 0 { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if head.status.code >= 200 { reply = .init(status: Int(head.status.code), headers: head.headers) }
        case .body(var bytes): reply?.body.writeBuffer(&bytes)
        case .end(let trailers):
            guard var reply else { return }
            reply.trailers = trailers
            conclude(.success(reply))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        conclude(.failure(error))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        conclude(.failure(ChannelError.eof))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { conclude(.failure(ChannelError.eof)) }

    private func conclude(_ result: Result<BankHTTP2Client.Reply, any Error>) {
        waiting?.cancel()
        promise?.completeWith(result)
        promise = nil
    }
}
