import Telemetry

/// Span ids of one worker: a random prefix and a counter, so that neighbouring ids share their first bytes and
/// compress well. A prefix is used for 2^24 ids at most.
struct SpanIDSource {
    private var prefix: UInt64
    private var counter: UInt64 = 0
    private var random: FastRandom

    init(_ random: FastRandom) {
        self.random = random
        prefix = self.random.next() & ~0xFF_FFFF
    }

    mutating func next() -> SpanID {
        counter += 1
        if counter > 0xFF_FFFF {
            prefix = random.next() & ~0xFF_FFFF
            counter = 1
        }
        return SpanID(prefix | counter)
    }
}

/// xoshiro256** (Blackman and Vigna), seeded by the system: unique ids without a system call for each.
package struct FastRandom: Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    package init() {
        var system = SystemRandomNumberGenerator()
        state = (system.next(), system.next(), system.next(), system.next() | 1)
    }

    /// The same numbers for the same seed.
    package init(seed: UInt64) {
        let first = StableHash.mixed(seed)
        state = (first, StableHash.mixed(first), StableHash.mixed(first ^ 0x5555), seed | 1)
    }

    package mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = (product << 7 | product >> 57) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }

    mutating func next(in range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound &+ next() % (range.upperBound &- range.lowerBound &+ 1)
    }

    /// From zero up to, but not including, one.
    package mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    package mutating func index(below count: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(count)).high)
    }

    mutating func traceID() -> TraceID {
        while true {
            let id = TraceID(high: next(), low: next())
            if id.isValid { return id }
        }
    }
}
