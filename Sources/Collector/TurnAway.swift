import NIOCore
import Synchronization
import Wire

/// What happens to connections beyond the limit: a word in the protocol that the client speaks, then the end.
///
/// The client may be sending meanwhile, and a close while its bytes lie unread would take the word away with it; so the
/// connection stays open for a moment, and where there is TLS for its handshake. Only so many do at once: the others of a
/// flood are closed without a word.
final class TurnAway: Sendable {
    private static let maximumLingering = 64
    /// A client that has said nothing by then is told nothing.
    static let handshakeSeconds = 2

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

    /// Whether `channel` may stay open for a word.
    func hasRoom(for channel: any Channel) -> Bool {
        guard lingering.add(1, ordering: .relaxed).newValue <= Self.maximumLingering else {
            lingering.subtract(1, ordering: .relaxed)
            return false
        }
        channel.closeFuture.whenComplete { [self] _ in lingering.subtract(1, ordering: .relaxed) }
        return true
    }

    /// Says `word` in answer to the client's first bytes.
    func last(_ word: [UInt8]) -> any ChannelHandler { LastWord(word) }
}

/// On the wire protocol HELLO is answered with ERROR: the exporter tries again after its back-off.
extension TurnAway: WireReceiverDelegate {
    func sessionOpened(_ hello: SessionHello, principal: String) -> Result<SessionGrant, WireRefusal> {
        .failure(refusal)
    }

    /// Never called: no session is open.
    func received(
        _ submission: WireSubmission, session: SessionIdentity,
        done: @escaping @Sendable (Result<Void, WireRefusal>) -> Void
    ) { done(.failure(refusal)) }

    private var refusal: WireRefusal {
        WireRefusal(code: .unavailable, message: String(sentence.dropLast()), isRetryable: true)
    }

    func sessionClosed(_ session: SessionIdentity, lastSequence: UInt64?) {}

    /// What a connection sends that is turned away anyway is not counted.
    func refusedFrame(reason: WireErrorCode) {}
}

/// Says one thing as soon as the client has begun to speak, and closes.
private final class LastWord: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let lingerMilliseconds: Int64 = 500

    private var word: [UInt8]?
    private var end: Scheduled<Void>?

    init(_ word: [UInt8]) { self.word = word }

    func handlerAdded(context: ChannelHandlerContext) {
        close(context, after: .seconds(Int64(TurnAway.handshakeSeconds)))
    }

    func channelInactive(context: ChannelHandlerContext) { end?.cancel() }

    private func close(_ context: ChannelHandlerContext, after time: TimeAmount) {
        end?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        end = context.eventLoop.scheduleTask(in: time) { bound.value.close(promise: nil) }
    }

    /// An answer before a question would be taken for noise. What comes is read and thrown away.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let word else { return }
        self.word = nil
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: word)), promise: nil)
        context.close(mode: .output, promise: nil)
        close(context, after: .milliseconds(Self.lingerMilliseconds))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
