import NIOCore
import Synchronization

/// The body of an answer on its way: takes pieces from the thread that makes them to the connection, and says when the
/// client has read enough of them for more to be made. So what waits in memory is bounded, and no thread waits for a slow
/// client.
package final class HTTPBody: Sendable {
    /// What the connection is told, in order, from any thread.
    package enum Piece: Sendable {
        case bytes(ByteBuffer)
        /// The last bytes.
        case end(ByteBuffer)
        /// Nothing more can be made: in place of the answer while nothing of it has gone out; else the end of the
        /// connection, so that a part is not taken for the whole.
        case failure(HTTPAnswer)
    }

    /// Beyond so many bytes that the client has not taken no more are made; below `fewBytes` they are again.
    package static let enoughBytes = 256 << 10
    private static let fewBytes = 64 << 10

    private struct State {
        var waitingBytes = 0
        var isProducing = true
        var isOver = false
        /// Since this was asked last.
        var hasProgress = true
    }

    private let state = Mutex(State())
    private let source: any HTTPBodySource
    private let send: @Sendable (Piece) -> Void

    package init(_ source: any HTTPBodySource, send: @escaping @Sendable (Piece) -> Void) {
        self.source = source
        self.send = send
    }

    package func begin() { source.produce(into: self) }

    // MARK: For the source

    /// Sends `bytes`; whether more is wanted now. Without, the source says `pause()` and is asked again, unless the client
    /// is gone.
    package func write(_ bytes: ByteBuffer) -> Bool {
        let wantsMore = state.withLock { state -> Bool? in
            guard !state.isOver else { return nil }
            state.waitingBytes += bytes.readableBytes
            return state.waitingBytes < Self.enoughBytes
        }
        guard let wantsMore else { return false }
        send(.bytes(bytes))
        return wantsMore
    }

    package func pause() {
        let goesOn = state.withLock { state in
            state.isProducing = !state.isOver && state.waitingBytes <= Self.fewBytes
            return state.isProducing
        }
        if goesOn { source.produce(into: self) }
    }

    package func end(_ last: ByteBuffer) { send(.end(last)) }

    package func fail(_ answer: HTTPAnswer) { send(.failure(answer)) }

    // MARK: For the connection

    /// `count` bytes have gone to the client.
    package func sent(_ count: Int) {
        let goesOn = state.withLock { state in
            state.waitingBytes -= count
            state.hasProgress = true
            guard !state.isOver, !state.isProducing, state.waitingBytes <= Self.fewBytes else { return false }
            state.isProducing = true
            return true
        }
        if goesOn { source.produce(into: self) }
    }

    /// Nothing more is sent: all is, or nobody reads it.
    package func close() { state.withLock { $0.isOver = true } }

    /// Whether bytes have waited since this was asked last and the client took none.
    package func isStalled() -> Bool {
        state.withLock { state in
            defer { state.hasProgress = state.waitingBytes == 0 }
            return !state.hasProgress
        }
    }
}
