import Foundation
import Synchronization

/// One line on standard error that counts payments: rewritten in place on a terminal, now and then elsewhere.
final class ProgressLine: Sendable {
    private struct Counts {
        var booked = 0
        var refused = 0
        var lastShown = ContinuousClock.now
    }

    private let total: Int
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private let counts = Mutex(Counts())

    init(total: Int) { self.total = total }

    func add(_ outcome: PaymentOutcome) {
        let line: String? = counts.withLock { counts in
            if outcome.isBooked { counts.booked += 1 } else { counts.refused += 1 }
            let done = counts.booked + counts.refused
            let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(5)
            guard done == total || counts.lastShown.duration(to: .now) >= interval else { return nil }
            counts.lastShown = .now
            let seconds = max(0.001, start.duration(to: .now) / .seconds(1))
            let rate = (Double(done) / seconds * 10).rounded() / 10
            let text = "  \(done)/\(total) payments · \(counts.booked) booked · \(counts.refused) refused · \(rate)/s"
            guard isTerminal else { return text + "\n" }
            return "\r\u{1B}[2K" + text + (done == total ? "\n" : "")
        }
        if let line { FileHandle.standardError.write(Data(line.utf8)) }
    }
}
