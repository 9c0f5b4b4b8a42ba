import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What both ends of a stream share: they can end their output alone, and pass a reset on as a reset.
class StreamConnection: ByteConnection {
    private var outputEnd: EventLoopFuture<Void>?
    /// The peer will send no more, in order.
    private(set) var hasEnded = false
    /// What broke the connection.
    private(set) var failure: (any Error)?
    /// When a connection whose stream is over is closed, whatever is left to write.
    private var closingDeadline: UInt64 = .max

    /// How long a peer may take to accept the last bytes.
    static let closingMilliseconds = 30_000

    // MARK: What the ends define

    /// The peer has ended its sending: by FIN, by close_notify, or by closing.
    func ended() {}
    /// The connection is gone; `hasEnded` and `failure` tell how.
    func lost() {}
    func checkStream(now: UInt64) {}

    // MARK: Ending

    var hasEndedOutput: Bool { outputEnd != nil }

    /// After what has been written the peer is told that no more follows.
    func endOutput() {
        guard outputEnd == nil, let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        outputEnd = promise.futureResult
        flush()
        context.close(mode: .output, promise: promise)
    }

    /// Closes once everything written has been taken.
    func closeWhenWritten() {
        guard let context else { return }
        closingDeadline = Clock.monotonic().after(milliseconds: Self.closingMilliseconds)
        guard let outputEnd else {
            closeAfterFlush()
            return
        }
        let channel = context.channel
        outputEnd.whenComplete { _ in channel.close(promise: nil) }
    }

    /// Closes so that the peer cannot take the end for an orderly one: with a reset, and without TLS's close_notify.
    func reset() {
        guard let context else { return }
        if let provider = context.channel as? any SocketOptionProvider {
            _ = provider.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        let pipeline = context.pipeline.syncOperations
        if let tls = try? pipeline.context(handlerType: NIOSSLHandler.self) {
            tls.close(promise: nil)
        } else {
            close()
        }
    }

    // MARK: Channel

    override final func inputEnded() {
        guard !hasEnded else { return }
        hasEnded = true
        ended()
        process()
    }

    override final func failed(_ error: any Error) {
        // That a write found the output closed says nothing about the peer.
        if failure == nil, (error as? ChannelError) != .outputClosed { failure = error }
    }

    override final func closed() {
        if failure == nil { hasEnded = true }
        lost()
    }

    override final func check(now: UInt64) {
        if now >= closingDeadline { close() } else { checkStream(now: now) }
    }
}
