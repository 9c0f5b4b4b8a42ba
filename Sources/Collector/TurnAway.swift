import NIOCore
import Synchronization

/// What happens to connections beyond the limit: a word in the protocol that the client speaks, then the end.
///
/// The client may be sending meanwhile, and a close while its bytes lie unread would take the word away with it; so the
/// connection stays open for a moment. Only so many do at once: the others of a flood are closed without a word.
final class TurnAway: Sendable {
    private static let maximumLingering = 64
    private static let lingerTime = TimeAmount.milliseconds(500)

    private let sentence: String
    private let lingering = Atomic(0)

    init(limit: Int) {
        sentence =
            "The collector has as many connections open as it may, \(limit) (limit connections); try again shortly.\n"
    }

    /// `503` of HTTP/1.1.
    var http: [UInt8] {
        Array(
            ("HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 1\r\n"
                + "Connection: close\r\nContent-Length: \(sentence.utf8.count)\r\n\r\n\(sentence)").utf8)
    }

    /// An empty SETTINGS frame, with which a server begins, and GOAWAY with REFUSED_STREAM, no stream being taken: gRPC
    /// makes it UNAVAILABLE (RFC 9113 §3.4, §6.8).
    var http2: [UInt8] {
        let text = Array(sentence.utf8.dropLast())
        let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        let goAway: [UInt8] = [0, 0, UInt8(8 + text.count), 7, 0, 0, 0, 0, 0] + [0, 0, 0, 0, 0, 0, 0, 7]
        return settings + goAway + text
    }

    /// - Parameter word: the bytes to say; none on a connection whose TLS is not set up.
    func end(_ channel: any Channel, word: [UInt8]?) -> EventLoopFuture<Void> {
        guard let word, lingering.add(1, ordering: .relaxed).newValue <= Self.maximumLingering else {
            if word != nil { lingering.subtract(1, ordering: .relaxed) }
            return channel.close()
        }
        channel.closeFuture.whenComplete { [self] _ in lingering.subtract(1, ordering: .relaxed) }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(LastWord(word, lingerTime: Self.lingerTime))
        }
    }
}

/// Says one thing as soon as the client has begun to speak, and closes.
private final class LastWord: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var word: [UInt8]?
    private let lingerTime: TimeAmount

    init(_ word: [UInt8], lingerTime: TimeAmount) {
        self.word = word
        self.lingerTime = lingerTime
    }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: lingerTime) { bound.value.close(promise: nil) }
    }

    /// An answer before a question would be taken for noise. What comes is read and thrown away.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let word else { return }
        self.word = nil
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: word)), promise: nil)
        context.close(mode: .output, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
