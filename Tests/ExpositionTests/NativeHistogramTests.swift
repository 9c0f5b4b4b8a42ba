import Foundation
import Telemetry
import TestSupport
import Testing

@Suite struct NativeHistogramTests {
    private static func index(_ value: Double, _ schema: Int32) -> Int {
        Int((log2(value) * pow(2, Double(schema))).rounded(.up))
    }

    private static func histogram(_ values: [Double], _ schema: Int32) -> NativeHistogram {
        var result = NativeHistogram(schema: schema, count: UInt64(values.count), sum: values.reduce(0, +))
        func buckets(_ values: [Double]) -> NativeHistogram.Buckets {
            let places = values.map { index($0, schema) }
            guard let first = places.min(), let last = places.max() else { return .init() }
            var counts = [UInt64](repeating: 0, count: last - first + 1)
            for place in places { counts[place - first] += 1 }
            return .init(offset: Int32(first), counts: counts)
        }
        result.positive = buckets(values.filter { $0 > 0 })
        result.negative = buckets(values.filter { $0 < 0 }.map { -$0 })
        result.zeroCount = UInt64(values.count { $0 == 0 })
        return result
    }

    private static func filled(_ buckets: NativeHistogram.Buckets) -> [Int: UInt64] {
        var filled: [Int: UInt64] = [:]
        for (place, count) in buckets.counts.enumerated() where count > 0 {
            filled[Int(buckets.offset) + place] = count
        }
        return filled
    }

    /// Adding histograms of different schemas counts what one histogram of the coarser schema would have counted.
    @Test func sumsAreWhatOneHistogramWouldHaveCounted() {
        for round in 0..<UInt64(200 * Seed.soak) {
            let seed = Seed.value &+ round
            var dice = Dice(seed)
            func values() -> [Double] {
                (0..<dice.below(40)).map { _ in
                    dice.chance(10) ? 0 : pow(10, Double.random(in: -6...6, using: &dice)) * (dice.chance(80) ? 1 : -1)
                }
            }
            let (left, right) = (values(), values())
            var sum = Self.histogram(left, Int32(dice.below(13)) - 4)
            sum.add(Self.histogram(right, Int32(dice.below(13)) - 4))
            let expected = Self.histogram(left + right, sum.schema)
            #expect(Self.filled(sum.positive) == Self.filled(expected.positive), "WAYBILL_SEED=\(seed)")
            #expect(Self.filled(sum.negative) == Self.filled(expected.negative), "WAYBILL_SEED=\(seed)")
            #expect(sum.count == expected.count && sum.zeroCount == expected.zeroCount, "WAYBILL_SEED=\(seed)")
            #expect(sum.positive.counts.count <= NativeHistogram.maximumBuckets, "WAYBILL_SEED=\(seed)")
        }
    }

    /// From the smallest to the largest number there is.
    @Test func countsFarApartStayBounded() {
        var histogram = NativeHistogram(schema: 8, count: 1, sum: 1, positive: .init(offset: -1074 << 8, counts: [1]))
        histogram.add(NativeHistogram(schema: 8, count: 1, sum: 1, positive: .init(offset: 1024 << 8, counts: [1])))
        #expect(histogram.count == 2 && histogram.positive.counts.count <= NativeHistogram.maximumBuckets)
        #expect(Self.filled(histogram.positive).values.reduce(0, +) == 2)
    }
}
