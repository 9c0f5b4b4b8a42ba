import NIOCore
import Telemetry
import Wire

/// Where spans and metrics go: the wire exporter, or a test's list.
package protocol SpanSink: Sendable {
    func start()
    func export(
        _ batch: consuming SpanBatch, delivery: DeliveryClass, whenSpoolFull: SpoolFullPolicy
    ) -> Admission
    @discardableResult
    func export(metrics: MetricBatch) -> Admission
    func canAccept(_ delivery: DeliveryClass) -> Bool
    func shutdown(deadline: NIODeadline) async -> ExporterStatistics
    var statistics: ExporterStatistics { get }
}

extension Exporter: SpanSink {
    package func export(
        _ batch: consuming SpanBatch, delivery: DeliveryClass, whenSpoolFull: SpoolFullPolicy
    ) -> Admission {
        export(batch, delivery: delivery, whenSpoolFull: whenSpoolFull, completion: nil)
    }
}
