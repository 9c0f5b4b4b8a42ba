import Mesh

/// How many requests may be under way so that the latency of what is admitted stays near its target: up by one while
/// nine of ten answers come in time and the limit is needed, down by a tenth when they do not (additive increase,
/// multiplicative decrease). One worker's own.
package struct ConcurrencyLimit: Sendable {
    private let settings: LoadShedding
    private let target: UInt64
    private var limit: Double
    private var windowEnds: UInt64
    private var answers = 0
    private var late = 0
    /// The most that was under way in this window.
    private var peak = 0

    /// Fewer answers tell too little: the window goes on.
    static let minimumAnswers = 10

    package init(_ settings: LoadShedding, now: UInt64) {
        self.settings = settings
        target = UInt64(settings.targetMilliseconds) * 1_000_000
        limit = Double(settings.maximumConcurrency)
        windowEnds = now.after(milliseconds: settings.windowMilliseconds)
    }

    package var requests: Int { Int(limit) }

    /// Whether one more may start when `active` are under way.
    package mutating func admits(active: Int, isPayment: Bool) -> Bool {
        peak = max(peak, active + 1)
        let reserve = isPayment ? 0 : settings.paymentReservePercent.part(of: Int(limit))
        return active < max(1, Int(limit) - reserve)
    }

    /// How long an admitted request waited for its answer to begin.
    package mutating func observe(nanoseconds: UInt64, now: UInt64) {
        answers += 1
        if nanoseconds > target { late += 1 }
        guard now >= windowEnds, answers >= Self.minimumAnswers else { return }
        if late * 10 > answers {
            // What was under way made them late, not what the limit would have allowed.
            limit = max(Double(settings.minimumConcurrency), min(limit, Double(max(1, peak))) * 0.9)
        } else if peak >= Int(limit) {
            limit = min(Double(settings.maximumConcurrency), limit + 1)
        }
        windowEnds = now.after(milliseconds: settings.windowMilliseconds)
        answers = 0
        late = 0
        peak = 0
    }
}
