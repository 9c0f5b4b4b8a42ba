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
struct FastRandom {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init() {
        var system = SystemRandomNumberGenerator()
        state = (system.next(), system.next(), system.next(), system.next() | 1)
    }

    mutating func next() -> UInt64 {
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

    mutating func traceID() -> TraceID {
        while true {
            let id = TraceID(high: next(), low: next())
            if id.isValid { return id }
        }
    }
}
