import Foundation

/// The seed of a property test: from `WAYBILL_SEED` when it is set, else a new one. Failures print it.
enum Seed {
    static let value: UInt64 =
        ProcessInfo.processInfo.environment["WAYBILL_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0 ... .max)

    /// How many times longer than usual to look.
    static let soak = ProcessInfo.processInfo.environment["WAYBILL_SOAK"] == "1" ? 50 : 1
}
