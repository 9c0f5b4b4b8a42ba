import NIOCore
import Synchronization
import Transport

/// Answers `/t.T/Echo` with the message, `/t.T/Encoding` with the message's encoding, `/t.T/Never` not at all; refuses
/// the rest. Keeps an account of the memory it granted.
final class GRPCTestService: GRPCService {
    struct State {
        var reserved = 0
        var highest = 0
        var refused: [GRPCCode] = []
        var callers: Set<GRPCCaller> = []
        /// Calls of `/t.T/Never`, with what would answer them.
        var waiting: [(request: GRPCRequest, reply: @Sendable (GRPCReply) -> Void)] = []
    }

    let encodings = ["gzip"]
    let state = Mutex(State())
    let memory: Int

    init(memory: Int = .max) { self.memory = memory }

    func admit(_ head: GRPCCallHead) throws(GRPCStatus) -> GRPCCaller {
        guard head.method.hasPrefix("/t.T/") else { throw GRPCStatus(.unimplemented, "no method \(head.method)") }
        let caller = GRPCCaller(
            principal: head.peer.identity?.description ?? head.authorization ?? "anonymous", account: head.peer.address)
        state.withLock { _ = $0.callers.insert(caller) }
        return caller
    }

    func reserve(_ bytes: Int, for caller: GRPCCaller) -> GRPCStatus? {
        state.withLock { state in
            guard state.reserved + bytes <= memory else {
                return GRPCStatus(.unavailable, "no memory", details: [1, 2, 3])
            }
            state.reserved += bytes
            state.highest = max(state.highest, state.reserved)
            return nil
        }
    }

    func release(_ bytes: Int, for caller: GRPCCaller) { state.withLock { $0.reserved -= bytes } }

    func respond(to request: GRPCRequest, reply: @escaping @Sendable (GRPCReply) -> Void) {
        switch request.head.method {
        case "/t.T/Echo": reply(.message(Array(request.message.readableBytesView)))
        case "/t.T/Encoding": reply(.message(Array((request.encoding ?? "none").utf8)))
        case "/t.T/Never": state.withLock { $0.waiting.append((request, reply)) }
        default: reply(.status(GRPCStatus(.invalidArgument, "not this: ü")))
        }
    }

    func refused(_ status: GRPCStatus) { state.withLock { $0.refused.append(status.code) } }
}
