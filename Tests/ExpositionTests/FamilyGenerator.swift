import Exposition
import Telemetry
import TestSupport

/// Random families of every kind, and what an independent reader must make of them: a line a sample, as
/// `exposition_reference.py` writes it.
struct FamilyGenerator {
    var dice: Dice

    mutating func families() -> [MetricFamily] { (0..<dice.below(9) + 1).map { family($0) } }

    private mutating func family(_ index: Int) -> MetricFamily {
        let unit = dice.chance(50) ? "_seconds" : ""
        let kind = dice.pick([MetricFamily.Kind.counter, .gauge, .histogram, .summary, .info, .unknown])
        let suffix = kind == .counter ? "_total" : kind == .info ? "_info" : ""
        let name = "m\(index)" + (kind == .info ? "" : unit) + suffix
        var family = MetricFamily(
            name: name, help: dice.pick(["Help.", "With \\ and\nline and \"quote\".", "Zürich 🏦"]),
            unit: kind == .info ? "" : String(unit.dropFirst()), kind: kind)
        let bounds = dice.pick([[0.1, 1, 2.5], [1], [0, 1e-9, 1e21], []])
        for number in 0..<dice.below(5) + 1 {
            var labels = [MetricLabel("n", String(number))]
            if dice.chance(60) {
                labels.append(MetricLabel("text", dice.pick(["x", "a\"b\\c\nd", "Zürich 🏦", "{}=,#", "\\n"])))
            }
            family.samples.append(
                MetricSample(
                    labels: labels, value: value(kind, bounds),
                    startNanoseconds: dice.chance(50) ? 0 : UInt64(dice.below(2_000_000_000_000)) * 1_000_000,
                    exemplars: exemplars(kind)))
        }
        return family
    }

    private mutating func number() -> Double {
        dice.pick([
            0, 1, -3, 0.1, 1e15, 1e17, 1e300, .leastNonzeroMagnitude, 123_456_789_012, .infinity, -.infinity, .nan,
            Double(dice.next()) * 1e-9,
        ])
    }

    private mutating func value(_ kind: MetricFamily.Kind, _ bounds: [Double]) -> MetricSample.Value {
        switch kind {
        case .counter: return .number(dice.pick([0, 1, 0.5, 1e15, 1e17, 9_007_199_254_740_994]))
        case .gauge, .unknown: return .number(number())
        case .info: return .number(1)
        case .summary:
            return .summary(
                QuantileSummary(
                    quantiles: dice.chance(80)
                        ? [.init(quantile: 0.5, value: 1.5), .init(quantile: 0.999, value: abs(number()))] : [],
                    count: UInt64(dice.below(1000)), sum: 12.5))
        case .histogram:
            let counts = (0...bounds.count).map { _ in UInt64(dice.below(1000)) }
            let classic = ClassicHistogram(bounds: bounds, counts: counts, sum: 1.25)
            let form = dice.below(3)
            var native = native()
            if form == 2 { native.count = classic.count }
            native.sum = form == 2 ? 1.25 : native.sum
            return .histogram(classic: form == 1 ? nil : classic, native: form == 0 ? nil : native)
        }
    }

    private mutating func native() -> NativeHistogram {
        func buckets() -> NativeHistogram.Buckets {
            NativeHistogram.Buckets(
                offset: Int32(dice.below(200)) - 100,
                counts: (0..<dice.below(30)).map { _ in dice.chance(50) ? 0 : UInt64(dice.below(100_000)) })
        }
        let zero = UInt64(dice.below(10))
        let (positive, negative) = (buckets(), buckets())
        return NativeHistogram(
            schema: Int32(dice.below(13)) - 4, zeroThreshold: dice.pick([0, 0x1p-128, 0.5]), zeroCount: zero,
            count: (positive.counts + negative.counts).reduce(zero, +), sum: 0.75, positive: positive,
            negative: negative)
    }

    private mutating func exemplars(_ kind: MetricFamily.Kind) -> [MetricExemplar] {
        guard [.counter, .histogram].contains(kind), dice.chance(60) else { return [] }
        return [
            MetricExemplar(
                labels: [MetricLabel("trace_id", "0af7651916cd43dd8448eb211c80319c"), MetricLabel("q", "x,y\\")],
                value: dice.pick([0.05, 0.5, 2, 1e30]),
                timeNanoseconds: 1_700_000_000_123_000_000 + UInt64(dice.below(1000)) * 1_000_000)
        ]
    }
}
