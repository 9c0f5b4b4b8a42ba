import NIOCore
import NIOHTTP1

/// One connection of the client; it carries one exchange at a time.
struct HTTPClientConnection: Sendable {
    let channel: any Channel
    let authority: String

    /// The response, and whether the connection can carry another request.
    func send(
        _ head: HTTPRequestHead, _ body: ByteBuffer, _ limits: HTTPClient.Limits,
        _ onBytes: (@Sendable (ByteBuffer) -> Void)?
    ) -> EventLoopFuture<(HTTPClient.Response, Bool)> {
        let promise = channel.eventLoop.makePromise(of: (HTTPClient.Response, Bool).self)
        channel.eventLoop.execute {
            do {
                let handler = try channel.pipeline.syncOperations.handler(type: HTTPClientHandler.self)
                handler.send(head, body, limits, on: channel, authority: authority, onBytes: onBytes, promise: promise)
            } catch {
                promise.fail(error)
            }
        }
        return promise.futureResult
    }
}

/// Collects one response at a time.
final class HTTPClientHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private struct Exchange {
        var promise: EventLoopPromise<(HTTPClient.Response, Bool)>
        var maximumBytes: Int
        var authority: String
        var timeout: Scheduled<Void>
        /// Takes the pieces of a body in place of `body`.
        var onBytes: (@Sendable (ByteBuffer) -> Void)?
        var head: HTTPResponseHead?
        var body = ByteBuffer()
    }

    private var exchange: Exchange?
    private var timeoutMilliseconds = 0

    private func timeout(_ authority: String, _ channel: any Channel) -> Scheduled<Void> {
        let milliseconds = timeoutMilliseconds
        return channel.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds))) {
            self.fail(.timeout, "\(authority) did not answer within \(milliseconds) ms", channel)
        }
    }

    func send(
        _ head: HTTPRequestHead, _ body: ByteBuffer, _ limits: HTTPClient.Limits, on channel: any Channel,
        authority: String, onBytes: (@Sendable (ByteBuffer) -> Void)?,
        promise: EventLoopPromise<(HTTPClient.Response, Bool)>
    ) {
        guard channel.isActive else {
            promise.fail(HTTPClientError(code: .connection, description: "\(authority) has closed the connection"))
            return
        }
        precondition(exchange == nil, "a connection carries one exchange at a time")
        timeoutMilliseconds = limits.timeoutMilliseconds
        exchange = Exchange(
            promise: promise, maximumBytes: limits.maximumResponseBytes, authority: authority,
            timeout: timeout(authority, channel), onBytes: onBytes)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        if body.readableBytes > 0 { channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil) }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard exchange != nil else { return }
        switch unwrapInboundIn(data) {
        case .head(let head): exchange?.head = head
        case .body(let bytes) where exchange?.onBytes != nil && exchange?.head?.status == .ok:
            exchange?.timeout.cancel()
            exchange?.onBytes?(bytes)
            if let authority = exchange?.authority { exchange?.timeout = timeout(authority, context.channel) }
        case .body(var bytes):
            exchange?.body.writeBuffer(&bytes)
            if let exchange, exchange.body.readableBytes > exchange.maximumBytes {
                fail(
                    .responseTooLarge,
                    "the response of \(exchange.authority) has more than \(exchange.maximumBytes) bytes",
                    context.channel)
            }
        case .end:
            guard let finished = exchange, let head = finished.head else { return }
            exchange = nil
            finished.timeout.cancel()
            let response = HTTPClient.Response(
                status: Int(head.status.code), headers: head.headers, body: finished.body)
            finished.promise.succeed((response, head.isKeepAlive))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let exchange {
            fail(.connection, "\(exchange.authority) closed the connection before the response ended", context.channel)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let exchange {
            fail(
                .connection, "the connection to \(exchange.authority) failed: \(SystemReason.text(of: error))",
                context.channel)
        } else {
            context.close(promise: nil)
        }
    }

    private func fail(_ code: HTTPClientError.Code, _ description: String, _ channel: any Channel) {
        guard let failed = exchange else { return }
        exchange = nil
        failed.timeout.cancel()
        failed.promise.fail(HTTPClientError(code: code, description: description))
        channel.close(promise: nil)
    }
}
