import Glibc

/// Counts by powers of two, as Tempo's quantiles have them: a bucket ends at a power of two, that included. What is zero
/// or less is in a bucket of its own.
struct Log2Histogram: Sendable, Hashable {
    /// By exponent of the upper bound.
    private(set) var counts: [Int: UInt64] = [:]

    /// The exponent of the bucket for values of zero and less.
    static let zero = Int.min

    static func exponent(of value: Double) -> Int {
        guard value > 0 else { return zero }
        // Exact where log2 may be a hair off.
        let floor = value.exponent
        return Int(value.significand == 1 ? floor : floor + 1)
    }

    static func bound(_ exponent: Int) -> Double { exponent == zero ? 0 : exp2(Double(exponent)) }

    /// Whether the bucket is new.
    mutating func add(_ value: Double) -> Bool {
        let before = counts.count
        counts[Self.exponent(of: value), default: 0] += 1
        return counts.count > before
    }

    /// The value below which the share `quantile` of all lies; `nil` where there are none. Within a bucket values are
    /// taken to lie evenly on a logarithmic scale.
    func value(at quantile: Double) -> Double? {
        let total = counts.values.reduce(0, +)
        guard total > 0 else { return nil }
        let wanted = max(1, UInt64((quantile * Double(total)).rounded(.up)))
        var passed: UInt64 = 0
        for (exponent, count) in counts.sorted(by: { $0.key < $1.key }) {
            if passed + count < wanted {
                passed += count
                continue
            }
            if exponent == Self.zero { return 0 }
            let share = Double(wanted - passed) / Double(count)
            return exp2(Double(exponent - 1) + share)
        }
        return nil
    }
}
