import NIOCore
import NIOHTTP2
import Synchronization

/// Answers on their way from any thread to a connection's event loop: those that come together are written together.
final class GRPCMailbox: Sendable {
    typealias Letter = (stream: HTTP2StreamID, reply: GRPCReply)

    private struct State {
        var letters: [Letter] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let eventLoop: any EventLoop
    private let handler: NIOLoopBound<GRPCServerHandler>

    init(handler: NIOLoopBound<GRPCServerHandler>, eventLoop: any EventLoop) {
        self.handler = handler
        self.eventLoop = eventLoop
    }

    func put(_ reply: GRPCReply, for stream: HTTP2StreamID) {
        let mustWake = state.withLock { state in
            guard !state.isClosed else { return false }
            state.letters.append((stream, reply))
            return state.letters.count == 1
        }
        if mustWake { eventLoop.execute { [handler] in handler.value.deliverReplies() } }
    }

    func takeAll() -> [Letter] {
        state.withLock { state in
            let letters = state.letters
            state.letters = []
            return letters
        }
    }

    /// What still comes is for nobody.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.letters = []
        }
    }
}
