/// Counts durations with a resolution of 1/64 of their size, from a microsecond to hours, in constant memory.
struct LatencyHistogram: Sendable {
    private static let subBits = 6
    private var counts = [UInt64](repeating: 0, count: 40 << subBits)
    private(set) var count: UInt64 = 0
    private(set) var maximumMicroseconds: UInt64 = 0

    mutating func record(microseconds: UInt64) {
        counts[min(Self.bucket(microseconds), counts.count - 1)] += 1
        count += 1
        maximumMicroseconds = max(maximumMicroseconds, microseconds)
    }

    /// The duration that `fraction` of all do not exceed; 0 when there are none.
    func quantile(_ fraction: Double) -> UInt64 {
        if count == 0 { return 0 }
        let rank = min(count, max(1, UInt64((Double(count) * fraction).rounded(.up))))
        var seen: UInt64 = 0
        for (index, value) in counts.enumerated() {
            seen += value
            if seen >= rank { return min(Self.upperBound(index), maximumMicroseconds) }
        }
        return maximumMicroseconds
    }

    private static func bucket(_ value: UInt64) -> Int {
        if value < 1 << subBits { return Int(value) }
        let exponent = 63 - value.leadingZeroBitCount - subBits
        return (exponent + 1) << subBits + Int(value >> UInt64(exponent)) & (1 << subBits - 1)
    }

    private static func upperBound(_ bucket: Int) -> UInt64 {
        if bucket < 1 << subBits { return UInt64(bucket) }
        let exponent = bucket >> subBits - 1
        return (UInt64(1 << subBits + bucket & (1 << subBits - 1)) + 1) << UInt64(exponent) - 1
    }
}
