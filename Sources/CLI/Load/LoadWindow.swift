import Synchronization

/// Bounds how many batches are on their way at once.
final class LoadWindow: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let size: Int

    init(size: Int) {
        self.size = size
        state = Mutex(State(free: size))
    }

    func enter() async {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                if state.free > 0 {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if goesOn { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }

    /// Lets everyone through who waits, and everyone who comes: the load has ended.
    func open() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.free = .max / 2
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    var inFlight: Int { state.withLock { size - $0.free } }
}
