import Telemetry

/// Durations counted by exponential buckets, eight to a doubling. Observing is one addition in one array; classic
/// buckets, whose bounds are powers of two seconds, are bounds of these too and are made from them when asked for.
struct DurationHistogram: Sendable {
    /// Buckets grow by 2^(1/8), nine per cent.
    static let schema: Int32 = 3
    /// As Prometheus' own libraries have it.
    static let zeroThreshold = 0x1p-128
    /// Buckets to spare on both sides where the counts must grow.
    private static let margin: Int32 = 4
    private(set) var count: UInt64 = 0
    private(set) var sumSeconds = 0.0
    private var zeroCount: UInt64 = 0
    /// The index of the first of `counts`.
    private var offset: Int32 = 0
    private var counts: [UInt64] = []

    @inline(__always)
    mutating func observe(nanoseconds: UInt64) {
        let seconds = Double(nanoseconds) / 1e9
        count &+= 1
        sumSeconds += seconds
        if nanoseconds == 0 {
            zeroCount &+= 1
            return
        }
        let index = DurationHistogram.index(of: seconds)
        let place = Int(index &- offset)
        if counts.indices.contains(place) { counts[place] &+= 1 } else { grow(toCount: index) }
    }

    /// The bucket of a positive, normal number: `ceil(8 × log2(value))`. The numbers are the mantissas of 2^(1/8) to
    /// 2^(7/8), rounded as Prometheus has them.
    @inline(__always)
    static func index(of value: Double) -> Int32 {
        let bits = value.bitPattern
        let mantissa = bits & 0x000F_FFFF_FFFF_FFFF
        var above: Int32 = mantissa > 0 ? 1 : 0
        above &+= mantissa > 0x1_72B8_3C7D_517B ? 1 : 0
        above &+= mantissa > 0x3_06FE_0A31_B715 ? 1 : 0
        above &+= mantissa > 0x4_BFDA_D536_2A27 ? 1 : 0
        above &+= mantissa > 0x6_A09E_667F_3BCD ? 1 : 0
        above &+= mantissa > 0x8_ACE5_422A_A0DB ? 1 : 0
        above &+= mantissa > 0xA_E89F_995A_D3AD ? 1 : 0
        above &+= mantissa > 0xD_5818_DCFB_A487 ? 1 : 0
        return (Int32(truncatingIfNeeded: bits >> 52) &- 1023) &* 8 &+ above
    }

    @inline(never)
    private mutating func grow(toCount index: Int32) {
        if counts.isEmpty {
            offset = index - Self.margin
            counts = [UInt64](repeating: 0, count: Int(2 * Self.margin + 1))
        } else if index < offset {
            let first = index - Self.margin
            counts.insert(contentsOf: repeatElement(0, count: Int(offset - first)), at: 0)
            offset = first
        } else {
            let missing = Int(index - offset + 1 + Self.margin) - counts.count
            counts.append(contentsOf: repeatElement(0, count: missing))
        }
        counts[Int(index - offset)] += 1
    }

    var native: NativeHistogram {
        NativeHistogram(
            schema: Self.schema, zeroThreshold: Self.zeroThreshold, zeroCount: zeroCount, count: count,
            sum: sumSeconds, positive: .init(offset: offset, counts: counts))
    }

    /// Counts up to 2^k seconds for every `k` of `exponents`, and the rest.
    func classic(_ exponents: ClosedRange<Int>, bounds: [Double]) -> ClassicHistogram {
        var classic = [UInt64](repeating: 0, count: bounds.count + 1)
        classic[0] = zeroCount
        for (place, count) in counts.enumerated() where count > 0 {
            // ceil(index / 8), the exponent of the smallest power of two that is not below the bucket's bound.
            let exponent = (Int(offset) + place + 7) >> 3
            classic[min(max(exponent - exponents.lowerBound, 0), bounds.count)] += count
        }
        return ClassicHistogram(bounds: bounds, counts: classic, sum: sumSeconds)
    }

    static func bounds(_ exponents: ClosedRange<Int>) -> [Double] {
        exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
    }
}
