import Synchronization

/// Holds senders to a rate in spans a second.
final class LoadPacer: Sendable {
    private let rate: Double
    private let start: ContinuousClock.Instant
    private let issued = Mutex(0)

    /// A rate of 0 is none.
    init(rate: Int) {
        self.rate = Double(rate)
        start = .now
    }

    /// Returns when `spans` more may be sent.
    func wait(spans: Int) async throws {
        if rate == 0 { return }
        let before = issued.withLock { issued in
            defer { issued += spans }
            return issued
        }
        let due = start + .seconds(Double(before) / rate)
        if due > .now { try await Task.sleep(until: due, tolerance: .microseconds(200), clock: .continuous) }
    }
}
