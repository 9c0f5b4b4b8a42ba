import Exposition
import Storage
import Telemetry

/// What the proxies report about the mesh: their deltas become cumulative series, shown beside the collector's own.
final class MeshMetrics: MetricTotals {
    private static let job = "waybill-proxy"
    private let accumulator = MetricAccumulator()
    private let clock: @Sendable () -> UInt64

    init(clock: @escaping @Sendable () -> UInt64) { self.clock = clock }

    /// Adds one durable batch of an exporter.
    func take(_ batch: MetricBatch, from provenance: Provenance) {
        accumulator.add(
            batch, job: Self.job, instance: provenance.instance, principal: provenance.principal,
            incarnation: provenance.incarnation, nowNanoseconds: clock())
    }

    func restore(_ metrics: [RecoveredMetrics]) {
        for recovered in metrics { take(recovered.metrics, from: recovered.provenance) }
    }

    func totals() -> [RecoveredMetrics] {
        let now = clock()
        return accumulator.totals().map { total in
            RecoveredMetrics(
                metrics: total.metrics,
                provenance: Provenance(
                    door: .wire, principal: total.principal, instance: total.instance,
                    incarnation: total.incarnation, receivedNanoseconds: now))
        }
    }

    func collect() -> [MetricFamily] { accumulator.collect(nowNanoseconds: clock()) }
}
