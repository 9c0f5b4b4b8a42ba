import Glibc

/// Random numbers that a failing test can be run again with: `WAYBILL_SEED` sets the seed, messages print it.
struct SeededGenerator: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init() {
        let given = getenv("WAYBILL_SEED").flatMap { UInt64(String(cString: $0)) }
        self.init(seed: given ?? UInt64.random(in: 1 ... .max))
    }

    init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func chance(_ one: Int) -> Bool { next() % UInt64(one) == 0 }
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// Ten times the rounds when `WAYBILL_SOAK` is set.
func rounds(_ count: Int) -> Int { getenv("WAYBILL_SOAK") == nil ? count : count * 10 }
