import Dispatch
import Foundation
import Synchronization

/// SIGTERM and SIGINT as something to wait for.
enum TerminationSignals {
    /// Returns at the first of the two; a second one ends the process at once.
    static func first() async {
        let state = State()
        await withCheckedContinuation { continuation in
            state.waiting.withLock { $0 = continuation }
            for number in [SIGTERM, SIGINT] {
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler {
                    let waiting = state.waiting.withLock { waiting in
                        defer { waiting = nil }
                        return waiting
                    }
                    if let waiting { waiting.resume() } else { _exit(128 + number) }
                }
                source.resume()
                sources.append(source)
            }
        }
    }

    /// Kept for the rest of the process, for the second signal. Touched only by `first`, which runs once a process.
    nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []

    private final class State: Sendable {
        let waiting = Mutex<CheckedContinuation<Void, Never>?>(nil)
    }
}
