import NIOCore
import Synchronization

/// Answers of the delegate on their way to the event loop: many threads put them in, one task takes them all.
final class Completions: Sendable {
    private struct State {
        var results: [(UInt64, Result<Void, WireRefusal>)] = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let loop: any EventLoop
    private let deliver: @Sendable ([(UInt64, Result<Void, WireRefusal>)]) -> Void

    init(loop: any EventLoop, deliver: @escaping @Sendable ([(UInt64, Result<Void, WireRefusal>)]) -> Void) {
        self.loop = loop
        self.deliver = deliver
    }

    func add(_ sequence: UInt64, _ result: Result<Void, WireRefusal>) {
        let isFirst = state.withLock { state in
            if state.isStopped { return false }
            state.results.append((sequence, result))
            return state.results.count == 1
        }
        guard isFirst else { return }
        loop.execute { [self] in
            let results = state.withLock { state in
                let results = state.results
                state.results.removeAll(keepingCapacity: true)
                return results
            }
            if !results.isEmpty { deliver(results) }
        }
    }

    func stop() { state.withLock { $0.isStopped = true } }
}
