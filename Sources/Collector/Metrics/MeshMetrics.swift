import Exposition
import Telemetry

/// What the proxies report about the mesh: their deltas become cumulative series, shown beside the collector's own.
final class MeshMetrics: Sendable {
    private let accumulator = MetricAccumulator()
    private let clock: @Sendable () -> UInt64

    init(clock: @escaping @Sendable () -> UInt64) { self.clock = clock }

    /// Adds one durable batch of an exporter.
    func take(_ batch: MetricBatch, from provenance: Provenance) {
        accumulator.add(
            batch, job: "waybill-proxy", instance: provenance.instance, principal: provenance.principal,
            incarnation: provenance.incarnation, nowNanoseconds: clock())
    }

    func collect() -> [MetricFamily] { accumulator.collect(nowNanoseconds: clock()) }
}
