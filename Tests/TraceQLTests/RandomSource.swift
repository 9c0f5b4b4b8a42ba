import Foundation

/// SplitMix64: the same seed gives the same queries and traces.
struct RandomSource: RandomNumberGenerator {
    /// From the environment, so that a failure can be run again; printed by the suites that use it.
    static let seed =
        ProcessInfo.processInfo.environment["WAYBILL_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...9_999_999)
    static let isSoak = ProcessInfo.processInfo.environment["WAYBILL_SOAK"] == "1"

    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
    mutating func one(in count: Int) -> Bool { below(count) == 0 }
    mutating func pick<T>(_ values: [T]) -> T { values[below(values.count)] }
}
