import Logging
import NIOCore
import Proxy

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The time before a proxy has everything that it needs.
enum Startup {
    enum Outcome {
        case complete
        /// By a signal.
        case stopped
        case failed
    }

    /// How often the files are looked at.
    static let pauseNanoseconds = 200_000_000

    /// Blocks until all is there, the time is up, or a signal ends it.
    static func outcome(
        _ waiting: WaitingProxy, _ seconds: Int, _ signals: sigset_t, _ log: Logger
    ) -> Outcome {
        do {
            let admin = try blocking { try await waiting.start() }
            Console.out("waiting admin \(admin)\n")
            log.warning("not ready: \(waiting.reason); waiting for at most \(seconds) s")
            let deadline = NIODeadline.now() + .seconds(Int64(seconds))
            var outcome = Outcome.failed
            while NIODeadline.now() < deadline {
                if hasEnded(signals) {
                    outcome = .stopped
                    break
                }
                switch waiting.look() {
                case .complete: outcome = .complete
                case .changed: log.warning("not ready: \(waiting.reason)")
                case .unchanged: break
                }
                if outcome == .complete { break }
            }
            try blocking { try await waiting.stop() }
            if outcome == .failed { Console.error("\(waiting.reason), after \(seconds) s\n") }
            if outcome == .complete { log.notice("certificates, keys, roots and revocation lists are there") }
            return outcome
        } catch {
            Console.error("\(error)\n")
            return .failed
        }
    }

    /// Whether the process was told to end during a pause; SIGHUP has nothing to read anew yet.
    private static func hasEnded(_ signals: sigset_t) -> Bool {
        var signals = signals
        var pause = timespec(tv_sec: 0, tv_nsec: pauseNanoseconds)
        let received = sigtimedwait(&signals, nil, &pause)
        return received == SIGTERM || received == SIGINT
    }
}
