import Telemetry

/// All that one exporter's deltas added up to.
public struct ExporterTotals: Sendable, Hashable {
    public var job: String
    public var instance: String
    public var principal: String
    public var incarnation: UInt64
    /// Points that are totals since the incarnation began; none for an incarnation that has ended, which is named only
    /// so that its late batches stay refused.
    public var metrics: MetricBatch

    public init(job: String, instance: String, principal: String, incarnation: UInt64, metrics: MetricBatch) {
        self.job = job
        self.instance = instance
        self.principal = principal
        self.incarnation = incarnation
        self.metrics = metrics
    }
}

extension MetricAccumulator {
    /// Everything that was added up. Added in this order to an empty accumulator, it makes the same series again.
    public func totals() -> [ExporterTotals] {
        let exporters = state.withLock { $0.exporters }
        var totals: [ExporterTotals] = []
        for (key, exporter) in exporters {
            func total(_ incarnation: UInt64, _ metrics: MetricBatch) -> ExporterTotals {
                ExporterTotals(
                    job: key.job, instance: key.instance, principal: exporter.principal, incarnation: incarnation,
                    metrics: metrics)
            }
            for incarnation in exporter.retired { totals.append(total(incarnation, MetricBatch())) }
            var batch = MetricBatch(
                startNanoseconds: exporter.series.values.lazy.map(\.startNanoseconds).min() ?? 0,
                endNanoseconds: exporter.lastSeenNanoseconds)
            for (series, accumulated) in exporter.series {
                batch.points.append(MetricPoint(series: batch.series.count, value: accumulated.point(series.kind)))
                batch.series.append(series)
            }
            totals.append(total(exporter.incarnation, batch))
        }
        return totals
    }
}

extension AccumulatedSeries {
    func point(_ kind: MetricKind) -> MetricValue {
        switch kind {
        case .counter: .delta(total)
        case .gauge: .value(total)
        case .histogram(let bounds):
            .histogram(counts: counts.isEmpty ? [UInt64](repeating: 0, count: bounds.count + 1) : counts, sum: sum)
        }
    }
}
