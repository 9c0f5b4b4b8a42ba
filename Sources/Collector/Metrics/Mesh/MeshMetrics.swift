import Exposition
import Storage
import Telemetry

/// What others report about the mesh: proxies by the wire protocol, whose deltas become cumulative series, and
/// OpenTelemetry's senders.
package final class MeshMetrics: MetricTotals {
    static let job = "waybill-proxy"
    package let book: ReportedSeriesBook
    private let accumulator: MetricAccumulator
    private let clock: @Sendable () -> UInt64

    package init(limits: CollectorConfiguration.Limits = .init(), clock: @escaping @Sendable () -> UInt64) {
        let stale = UInt64(max(1, limits.metricStaleSeconds)) * 1_000_000_000
        accumulator = MetricAccumulator(limits: .init(staleAfterNanoseconds: stale))
        book = ReportedSeriesBook(limits: .init(series: limits.reportedSeries, staleAfterNanoseconds: stale))
        self.clock = clock
    }

    /// Adds one durable batch of an exporter.
    func take(_ batch: MetricBatch, from provenance: Provenance) {
        accumulator.add(
            batch, job: Self.job, instance: provenance.instance, principal: provenance.principal,
            incarnation: provenance.incarnation, nowNanoseconds: clock())
    }

    package func restore(_ metrics: [RecoveredMetrics]) {
        for recovered in metrics {
            if let report = recovered.reported { book.take(report, nowNanoseconds: clock()) }
            if recovered.provenance.door == .wire { take(recovered.metrics, from: recovered.provenance) }
        }
    }

    package func totals() -> [RecoveredMetrics] {
        let now = clock()
        var totals = accumulator.totals().map { total in
            RecoveredMetrics(
                metrics: total.metrics,
                provenance: Provenance(
                    door: .wire, principal: total.principal, instance: total.instance,
                    incarnation: total.incarnation, receivedNanoseconds: now))
        }
        let states = book.states()
        if !states.points.isEmpty {
            totals.append(
                RecoveredMetrics(
                    reported: states,
                    provenance: Provenance(door: .otlpHTTP, principal: "", receivedNanoseconds: now)))
        }
        return totals
    }

    package func collect() -> [MetricFamily] {
        let now = clock()
        return accumulator.collect(nowNanoseconds: now) + book.collect(nowNanoseconds: now)
    }
}
