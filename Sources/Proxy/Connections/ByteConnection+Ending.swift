import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The peer is gone, and its end was none that a peer in order has.
struct ConnectionBroken: Error, CustomStringConvertible {
    var description: String { "it was lost without an end" }
}

/// How a connection ends whose two directions end on their own, as those of streams and tunnels do.
extension ByteConnection {
    static let standardClosingMilliseconds = 30_000

    /// From now on the peer's end of its sending is told by `inputEnded`, and the channel stays.
    final func allowHalfClose() {
        do {
            try context?.channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        } catch {
            // Sockets have the option; one that is gone already needs none.
            failed(error)
            close()
        }
    }

    final var hasEndedOutput: Bool { outputEnd != nil }

    /// After what has been written the peer is told that no more follows.
    final func endOutput() {
        guard outputEnd == nil, let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        outputEnd = promise.futureResult
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        promise.futureResult.whenSuccess { bound.value.isOutputShut = true }
        // Only once all of it is written: behind an input that has ended, a channel that is told to end its output closes
        // at once and drops what is pending.
        isDirty = false
        let gathered = output.take()
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(gathered)).whenComplete { _ in
            channel.close(mode: .output, promise: promise)
        }
    }

    /// Whether a connection that is gone without an error ended as it should, given what was heard of its peer's end.
    /// A write that fails closes a channel without a word.
    final func endedInOrder(hasInputEnded: Bool) -> Bool { hasInputEnded || isOutputShut }

    /// Closes once everything written has been taken.
    final func closeWhenWritten() {
        guard let context else { return }
        limitClosing()
        guard let outputEnd else {
            closeAfterFlush()
            return
        }
        let channel = context.channel
        outputEnd.whenComplete { _ in channel.close(promise: nil) }
    }

    /// Closes now, without waiting for the peer to close its TLS session too: `closed()` is called before this returns.
    final func closeNow() {
        guard let context else { return }
        if let tls = try? context.pipeline.syncOperations.context(handlerType: NIOSSLHandler.self) {
            tls.close(promise: nil)
        } else {
            close()
        }
    }

    /// Closes so that the peer cannot take the end for an orderly one: with a reset, and without TLS's close_notify.
    final func reset() {
        guard let context else { return }
        if let provider = context.channel as? any SocketOptionProvider {
            _ = provider.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        closeNow()
    }
}
