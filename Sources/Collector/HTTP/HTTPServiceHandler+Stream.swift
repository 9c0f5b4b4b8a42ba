import NIOCore
import NIOHTTP1

/// An answer whose body is being made. Belongs to its connection's event loop.
final class HTTPBodyOnItsWay {
    let answer: HTTPAnswer
    let keepAlive: Bool
    let version: HTTPVersion
    /// `nil` once it is over.
    var body: HTTPBody?
    var hasBegun = false
    var stallCheck: RepeatedTask?

    init(_ answer: HTTPAnswer, keepAlive: Bool, version: HTTPVersion) {
        self.answer = answer
        self.keepAlive = keepAlive
        self.version = version
    }

    func close() {
        body?.close()
        body = nil
        stallCheck?.cancel()
        stallCheck = nil
    }
}

/// Answers whose bodies are made while they are sent.
extension HTTPServiceHandler {
    func stream(
        _ answer: HTTPAnswer, _ source: any HTTPBodySource, keepAlive: Bool, isHead: Bool, _ abandonment: Abandonment,
        context: ChannelHandlerContext
    ) {
        // HTTP/1.0 knows no chunks: there the connection's end is the body's, where its length is not known.
        let isChunked = head.version == .http1_1 || answer.headers.contains(name: "Content-Length")
        let keeps = keepAlive && !answer.closesConnection && isChunked && !isHead
        let onItsWay = HTTPBodyOnItsWay(answer, keepAlive: keeps, version: isChunked && !isHead ? .http1_1 : .http1_0)
        if isHead {
            writeHead(onItsWay, context: context)
            return end(onItsWay, context: context)
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let eventLoop = context.eventLoop
        let body = HTTPBody(source) { piece in
            eventLoop.execute {
                let (handler, context) = bound.value
                handler.take(piece, context: context)
            }
        }
        onItsWay.body = body
        state = .streaming(onItsWay, abandonment)
        // A client that takes nothing for so long holds the connection for nothing.
        let checked = NIOLoopBound((onItsWay, context), eventLoop: eventLoop)
        onItsWay.stallCheck = eventLoop.scheduleRepeatedTask(initialDelay: requestTimeout, delay: requestTimeout) { _ in
            let (answer, context) = checked.value
            if answer.body?.isStalled() == true { context.close(promise: nil) }
        }
        body.begin()
    }

    private func take(_ piece: HTTPBody.Piece, context: ChannelHandlerContext) {
        guard case .streaming(let answer, _) = state, let body = answer.body else { return }
        switch piece {
        case .bytes(let bytes):
            writeHead(answer, context: context)
            let written = context.eventLoop.makePromise(of: Void.self)
            let count = bytes.readableBytes
            written.futureResult.whenSuccess { body.sent(count) }
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: written)
        case .end(let last):
            writeHead(answer, context: context)
            if last.readableBytes > 0 {
                context.write(wrapOutboundOut(.body(.byteBuffer(last))), promise: nil)
            }
            end(answer, context: context)
        case .failure(let failure) where !answer.hasBegun:
            answer.close()
            write(failure, keepAlive: answer.keepAlive, context: context)
        case .failure:
            answer.close()
            state = .discarding
            context.close(promise: nil)
        }
    }

    private func writeHead(_ answer: HTTPBodyOnItsWay, context: ChannelHandlerContext) {
        guard !answer.hasBegun else { return }
        answer.hasBegun = true
        var head = HTTPResponseHead(
            version: answer.version, status: answer.answer.status, headers: answer.answer.headers)
        if !answer.keepAlive { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func end(_ answer: HTTPBodyOnItsWay, context: ChannelHandlerContext) {
        answer.close()
        state = answer.keepAlive ? .idle : .discarding
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
