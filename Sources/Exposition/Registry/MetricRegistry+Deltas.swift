import Telemetry

/// What of a series was already handed out.
enum DrainedValue {
    case counter(Double)
    case histogram(counts: [UInt64], sum: Double)
}

extension MetricRegistry {
    /// What happened since the last call (or since the registry began): counters and histograms that moved, those never
    /// handed out before, and every gauge. For an exporter that sends deltas; one caller only.
    public func drainDeltas() -> MetricBatch {
        runCallbacks()
        return state.withLock { state in
            let now = clock()
            var batch = MetricBatch(startNanoseconds: state.drainedUntil, endNanoseconds: max(now, state.drainedUntil))
            state.drainedUntil = batch.endNanoseconds
            for family in state.families.values.sorted(by: { $0.name < $1.name }) {
                for (labels, metric) in family.metrics {
                    let series = MetricSeries(name: family.name, help: family.help, kind: family.kind, labels: labels)
                    guard let value = Self.delta(of: metric, series: series, drained: &state.drained) else { continue }
                    batch.points.append(MetricPoint(series: batch.series.count, value: value))
                    batch.series.append(series)
                }
            }
            return batch
        }
    }

    private static func delta(
        of metric: RegisteredMetric, series: MetricSeries, drained: inout [MetricSeries: DrainedValue]
    ) -> MetricValue? {
        switch metric {
        case .gauge(let gauge):
            return .value(gauge.value)
        case .counter(let counter):
            let value = counter.value
            guard case .counter(let before)? = drained[series] else {
                drained[series] = .counter(value)
                return .delta(value)
            }
            if value <= before { return nil }
            drained[series] = .counter(value)
            return .delta(value - before)
        case .histogram(let histogram):
            let counts = histogram.bucketCounts
            let sum = histogram.sum
            guard case .histogram(let before, let beforeSum)? = drained[series] else {
                drained[series] = .histogram(counts: counts, sum: sum)
                return .histogram(counts: counts, sum: sum)
            }
            if counts == before { return nil }
            drained[series] = .histogram(counts: counts, sum: sum)
            return .histogram(
                counts: zip(counts, before).map { $0 >= $1 ? $0 - $1 : 0 }, sum: sum - beforeSum)
        }
    }
}
