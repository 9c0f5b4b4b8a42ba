import Telemetry

extension MetricsAccumulator {
    /// The series, in the order of their labels.
    ///
    /// - Parameter completeFrom: of spans that started at this time or later none is missing. Steps that begin before it
    ///   have no samples: what is not known is not said.
    public func series(completeFrom: UInt64 = 0) -> [MetricsSeries] {
        let first = (0..<steps.count).first { steps.start + steps.step * UInt64($0) + 1 >= completeFrom } ?? steps.count
        var series: [MetricsSeries] = []
        for draft in drafts { series += self.series(labels(draft.key), draft, first) }
        series = series.filter { !$0.samples.isEmpty }.map { ($0.orderKey, $0) }.sorted { $0.0 < $1.0 }.map(\.1)
        for cut in stage.cuts { series = Self.cut(series, cut) }
        return series
    }

    /// What values are multiplied by: durations are kept in nanoseconds, and given in seconds.
    private var scale: Double { stage.function.field?.type == .duration ? 1e-9 : 1 }

    private func labels(_ key: [Value]) -> [Attribute] {
        if stage.groups.isEmpty {
            return stage.function.isHistogram ? [] : [Attribute("__name__", .string(stage.function.name))]
        }
        let labels = zip(stage.groups, key).compactMap { field, value in
            value.attributeValue.map { Attribute(field.description, $0) }
        }
        return labels.isEmpty ? [Attribute(stage.groups[0].description, .string("nil"))] : labels
    }

    private func series(_ labels: [Attribute], _ draft: Draft, _ first: Int) -> [MetricsSeries] {
        switch stage.function {
        case .rate, .countOverTime:
            let divisor = stage.function == .rate ? steps.seconds : 1
            return [one(labels, draft, first) { Double(draft.counts[$0]) / divisor }]
        case .minOverTime, .maxOverTime, .sumOverTime:
            return [one(labels, draft, first) { draft.counts[$0] == 0 ? nil : draft.values[$0] * scale }]
        case .avgOverTime:
            return [
                one(labels, draft, first) {
                    draft.counts[$0] == 0 ? nil : draft.values[$0] * scale / Double(draft.counts[$0])
                }
            ]
        case .quantileOverTime(_, let quantiles):
            return quantiles.map { quantile in
                one(labels + [Attribute("p", .double(quantile))], draft, first) {
                    draft.histograms[$0]?.value(at: quantile).map { $0 * scale }
                }
            }
        case .histogramOverTime:
            let exponents = Set(draft.histograms.values.flatMap(\.counts.keys)).sorted()
            return exponents.map { exponent in
                var ofBucket = draft
                ofBucket.exemplars.removeAll { $0.value.map(Log2Histogram.exponent(of:)) != exponent }
                let series = one(
                    labels + [Attribute("__bucket", .double(Log2Histogram.bound(exponent) * scale))], ofBucket, first
                ) { Double(draft.histograms[$0]?.counts[exponent] ?? 0) }
                return series
            }
        }
    }

    private func one(
        _ labels: [Attribute], _ draft: Draft, _ first: Int, _ value: (Int) -> Double?
    ) -> MetricsSeries {
        let samples = (first..<steps.count).compactMap { step in
            value(step).map { MetricsSeries.Sample(timeNanoseconds: steps.time(step), value: $0) }
        }
        let exemplars = draft.exemplars.map { exemplar in
            var exemplar = exemplar
            exemplar.value = exemplar.value.map { $0 * scale }
            return exemplar
        }
        return MetricsSeries(
            labels: labels, samples: samples,
            exemplars: exemplars.sorted { ($0.timeNanoseconds, $0.spanID) < ($1.timeNanoseconds, $1.spanID) })
    }

    /// At each point the series with the greatest, or the least, values; of equal ones the first by labels.
    private static func cut(_ series: [MetricsSeries], _ cut: MetricsStage.Cut) -> [MetricsSeries] {
        var at: [UInt64: [(value: Double, series: Int)]] = [:]
        for (number, one) in series.enumerated() {
            for sample in one.samples { at[sample.timeNanoseconds, default: []].append((sample.value, number)) }
        }
        var kept: Set<Point> = []
        for (time, values) in at {
            let best =
                switch cut {
                case .top(let count):
                    values.sorted { $0.value != $1.value ? $0.value > $1.value : $0.series < $1.series }.prefix(count)
                case .bottom(let count):
                    values.sorted { $0.value != $1.value ? $0.value < $1.value : $0.series < $1.series }.prefix(count)
                }
            for (_, number) in best { kept.insert(Point(time: time, series: number)) }
        }
        return series.enumerated().compactMap { number, one in
            var one = one
            one.samples.removeAll { !kept.contains(Point(time: $0.timeNanoseconds, series: number)) }
            return one.samples.isEmpty ? nil : one
        }
    }

    private struct Point: Hashable {
        var time: UInt64
        var series: Int
    }
}
