import Telemetry

/// What several selectors choose of all series: a series is chosen by any of them.
///
/// Prometheus knows the parts of a histogram as series of their own (`…_bucket` with `le`, `…_sum`, `…_count`). A
/// histogram or summary of which all parts are chosen stays one; chosen parts of others stand as series without a type.
public struct SeriesSelection: Sendable {
    public static let maximumSelectors = 64

    private var selectors: [SeriesSelector]

    public init(_ selectors: [SeriesSelector]) { self.selectors = selectors }

    public mutating func select(from families: [MetricFamily]) -> [MetricFamily] {
        var selected: [MetricFamily] = []
        for family in families {
            switch family.kind {
            case .histogram, .summary: selected += parts(of: family)
            case .counter, .gauge, .info, .unknown:
                let candidates = candidates(family.name)
                if candidates.isEmpty { continue }
                var chosen = family
                chosen.samples.removeAll { !accepts($0.labels, candidates) }
                if !chosen.samples.isEmpty { selected.append(chosen) }
            }
        }
        return selected
    }

    /// The selectors that a series of this name can match.
    private mutating func candidates(_ name: String) -> [Int] {
        var candidates: [Int] = []
        for index in selectors.indices where selectors[index].accepts(name: name) { candidates.append(index) }
        return candidates
    }

    private mutating func accepts(_ labels: [MetricLabel], extra: MetricLabel? = nil, _ candidates: [Int]) -> Bool {
        for index in candidates where selectors[index].accepts(labels, extra: extra) { return true }
        return false
    }

    private mutating func parts(of family: MetricFamily) -> [MetricFamily] {
        let suffixes = family.kind == .histogram ? ["_bucket", "_sum", "_count"] : ["", "_sum", "_count"]
        let candidates = suffixes.map { self.candidates(family.name + $0) }
        // A native histogram is one series, under the family's own name.
        let ofNative = family.kind == .histogram ? self.candidates(family.name) : []
        if ofNative.isEmpty, candidates.allSatisfy(\.isEmpty) { return [] }
        var whole = family
        whole.samples.removeAll()
        var loose: [String: MetricFamily] = [:]
        for sample in family.samples {
            if !ofNative.isEmpty, case .histogram(_, _?) = sample.value, accepts(sample.labels, ofNative) {
                whole.samples.append(sample)
                continue
            }
            let parts = sample.parts
            let chosen = parts.filter { accepts(sample.labels, extra: $0.extra, candidates[$0.suffix]) }
            if chosen.count == parts.count {
                whole.samples.append(sample)
                continue
            }
            for part in chosen {
                let name = family.name + suffixes[part.suffix]
                loose[name, default: MetricFamily(name: name, help: family.help, kind: .unknown)].samples.append(
                    MetricSample(
                        labels: sample.labels + (part.extra.map { [$0] } ?? []), value: .number(part.value)))
            }
        }
        return ([whole] + loose.values.sorted { $0.name < $1.name }).filter { !$0.samples.isEmpty }
    }
}

extension MetricSample {
    /// One line of a histogram or summary in a text format.
    struct Part {
        /// Which of `_bucket` (or none), `_sum`, `_count`.
        var suffix: Int
        var extra: MetricLabel?
        var value: Double
    }

    /// The lines of a histogram or summary.
    var parts: [Part] {
        switch value {
        case .number(let number): return [Part(suffix: 0, extra: nil, value: number)]
        case .histogram(let classic, let native):
            var parts: [Part] = []
            var total: UInt64 = 0
            if let classic {
                for (bound, count) in zip(classic.bounds, classic.counts) {
                    total = total.addingSaturating(count)
                    parts.append(
                        Part(suffix: 0, extra: MetricLabel("le", NumberText.plain(bound)), value: Double(total)))
                }
                total = classic.count
            } else {
                total = native?.count ?? 0
            }
            parts.append(Part(suffix: 0, extra: MetricLabel("le", "+Inf"), value: Double(total)))
            let sum = classic?.sum ?? native?.sum ?? 0
            if !sum.isNaN { parts.append(Part(suffix: 1, extra: nil, value: sum)) }
            parts.append(Part(suffix: 2, extra: nil, value: Double(total)))
            return parts
        case .summary(let summary):
            return summary.quantiles.map {
                Part(suffix: 0, extra: MetricLabel("quantile", NumberText.plain($0.quantile)), value: $0.value)
            } + [
                Part(suffix: 1, extra: nil, value: summary.sum),
                Part(suffix: 2, extra: nil, value: Double(summary.count)),
            ]
        }
    }
}
