import Foundation

/// A seed that a failing test prints and `WAYBILL_SEED` repeats.
struct Seed: CustomStringConvertible {
    var value: UInt64
    var description: String { "WAYBILL_SEED=\(value)" }

    static var isSoak: Bool { ProcessInfo.processInfo.environment["WAYBILL_SOAK"] != nil }

    static func next() -> Seed {
        if let text = ProcessInfo.processInfo.environment["WAYBILL_SEED"], let value = UInt64(text) {
            return Seed(value: value)
        }
        return Seed(value: .random(in: 0 ... .max))
    }

    var generator: SplitMix64 { SplitMix64(state: value) }
}

/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
