import Foundation

/// The seed of a property test: from `WAYBILL_SEED` when it is set, else a new one. Failures print it.
public struct Seed: CustomStringConvertible, Sendable {
    private static let given = ProcessInfo.processInfo.environment["WAYBILL_SEED"].flatMap { UInt64($0) }

    /// One for all tests of the process.
    public static let value = given ?? .random(in: 0 ... .max)
    public static let isSoak = ProcessInfo.processInfo.environment["WAYBILL_SOAK"] != nil
    /// How many times longer than usual to look.
    public static let soak = isSoak ? 50 : 1

    /// One for each test that asks.
    public static func next() -> Seed { Seed(value: given ?? .random(in: 0 ... .max)) }

    public var value: UInt64
    public var description: String { "WAYBILL_SEED=\(value)" }
    public var generator: Dice { Dice(value) }
}
