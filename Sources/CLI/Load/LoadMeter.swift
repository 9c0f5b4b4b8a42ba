import Synchronization
import Workload

/// What has happened so far; every span counted once.
final class LoadMeter: Sendable {
    struct Totals: Sendable {
        var sentSpans = 0
        var sentBatches = 0
        var acknowledgedSpans = 0
        var acknowledgedBatches = 0
        var refusedSpans = 0
        /// Times a request was sent again, or had to wait for room.
        var retries = 0
        var bytesOnWire: UInt64 = 0
        var latencies = LatencyHistogram()
        var firstRefusal = ""
        var lastProblem = ""
        var lastProgress = ContinuousClock.now
    }

    private let totals = Mutex(Totals())
    private let ledger: AcknowledgedFile?

    init(ledger: AcknowledgedFile?) { self.ledger = ledger }

    var snapshot: Totals { totals.withLock { $0 } }

    func sent(spans: Int) {
        totals.withLock {
            $0.sentSpans += spans
            $0.sentBatches += 1
        }
    }

    func acknowledged(spans: Int, traces: [WorkloadBatch.Trace], since start: ContinuousClock.Instant) {
        let elapsed = (ContinuousClock.now - start).components
        let microseconds = UInt64(max(0, elapsed.seconds)) * 1_000_000 + UInt64(elapsed.attoseconds / 1_000_000_000_000)
        // Written first: the count must never be ahead of the record of what it counts.
        ledger?.append(traces)
        totals.withLock {
            $0.acknowledgedSpans += spans
            $0.acknowledgedBatches += 1
            $0.latencies.record(microseconds: microseconds)
            $0.lastProgress = .now
        }
    }

    func refused(spans: Int, reason: String) {
        totals.withLock {
            $0.refusedSpans += spans
            if $0.firstRefusal.isEmpty { $0.firstRefusal = reason }
            $0.lastProgress = .now
        }
    }

    func retried(_ reason: String) {
        totals.withLock {
            $0.retries += 1
            $0.lastProblem = reason
        }
    }

    func noted(_ problem: String) { totals.withLock { $0.lastProblem = problem } }

    func onWire(bytes: Int) { totals.withLock { $0.bytesOnWire += UInt64(bytes) } }
}
