import Mesh

/// A failure-rate breaker at work: closed, open, or half open while probes decide. One worker's own.
package struct BreakerState: Sendable {
    package enum Admission: Sendable {
        case admitted
        /// Admitted to find out whether the cluster works again.
        case probe
        case refused
    }

    package enum Phase: String, Sendable { case closed, open, halfOpen = "half-open" }

    private struct Slice {
        var requests = 0
        var failures = 0
    }

    /// The window moves in tenths.
    private static let slices = 10

    private let settings: FailureRateBreaker
    package private(set) var phase = Phase.closed
    package private(set) var openings = 0
    private var window = [Slice](repeating: Slice(), count: slices)
    /// The number of the slice that is being filled, since the clock's zero.
    private var current: UInt64
    private let sliceNanoseconds: UInt64
    private var openUntil: UInt64 = 0
    private var probesUnderWay = false
    private var probesPassed = 0

    package init(_ settings: FailureRateBreaker, now: UInt64) {
        self.settings = settings
        sliceNanoseconds = UInt64(settings.windowMilliseconds) * 1_000_000 / UInt64(Self.slices)
        current = now / sliceNanoseconds
    }

    package mutating func admit(now: UInt64) -> Admission {
        switch phase {
        case .closed: return .admitted
        case .open where now < openUntil: return .refused
        case .open, .halfOpen:
            if phase == .open {
                phase = .halfOpen
                probesPassed = 0
                probesUnderWay = false
            }
            if probesUnderWay { return .refused }
            probesUnderWay = true
            return .probe
        }
    }

    /// How an admitted request ended.
    package mutating func record(failed: Bool, wasProbe: Bool, now: UInt64) {
        switch phase {
        case .closed:
            advance(now)
            let slot = Int(current % UInt64(Self.slices))
            window[slot].requests += 1
            if failed {
                window[slot].failures += 1
                if isTooMuch { open(now) }
            }
        case .halfOpen where wasProbe:
            probesUnderWay = false
            if failed {
                open(now)
            } else {
                probesPassed += 1
                if probesPassed >= settings.probes { close(now) }
            }
        // Late answers to requests from before it opened say nothing of now.
        case .open, .halfOpen: break
        }
    }

    /// A probe ended without an answer that tells anything (the client left): another may take its place.
    package mutating func abandonProbe() { if phase == .halfOpen { probesUnderWay = false } }

    private var isTooMuch: Bool {
        var total = Slice()
        for slice in window {
            total.requests += slice.requests
            total.failures += slice.failures
        }
        return total.requests >= settings.minimumRequests
            && Double(total.failures) >= settings.failurePercent.fraction * Double(total.requests)
    }

    private mutating func advance(_ now: UInt64) {
        let slice = now / sliceNanoseconds
        guard slice > current else { return }
        if slice - current >= UInt64(Self.slices) {
            window = Array(repeating: Slice(), count: Self.slices)
        } else {
            for passed in current + 1...slice { window[Int(passed % UInt64(Self.slices))] = Slice() }
        }
        current = slice
    }

    private mutating func open(_ now: UInt64) {
        phase = .open
        openings += 1
        openUntil = now.after(milliseconds: settings.openMilliseconds)
    }

    private mutating func close(_ now: UInt64) {
        phase = .closed
        window = Array(repeating: Slice(), count: Self.slices)
        current = now / sliceNanoseconds
    }
}
