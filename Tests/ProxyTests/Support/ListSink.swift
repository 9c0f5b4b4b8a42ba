import NIOCore
import Proxy
import Synchronization
import Telemetry
import Wire

/// Keeps what a proxy exports.
final class ListSink: SpanSink {
    struct Exported: Sendable {
        var span: Span
        var delivery: DeliveryClass
    }

    private let exported = Mutex<[Exported]>([])
    private let metricBatches = Mutex<[MetricBatch]>([])
    private let accepts = Mutex(true)
    private let isFull = Mutex(false)

    func start() {}

    func export(_ batch: consuming SpanBatch, delivery: DeliveryClass, whenSpoolFull: SpoolFullPolicy) -> Admission {
        if isFull.withLock({ $0 }), whenSpoolFull == .refuse { return .refused }
        let spans = (0..<batch.count).map { Exported(span: batch.span($0), delivery: delivery) }
        exported.withLock { $0 += spans }
        return .accepted
    }

    func export(metrics: MetricBatch) -> Admission {
        metricBatches.withLock { $0.append(metrics) }
        return .accepted
    }

    func canAccept(_ delivery: DeliveryClass) -> Bool { accepts.withLock { $0 } }
    func shutdown(deadline: NIODeadline) async -> ExporterStatistics { statistics }
    var statistics: ExporterStatistics { ExporterStatistics() }

    /// Batches that may be refused are, although it was said that there is room.
    func refuseBatches() { isFull.withLock { $0 = true } }
    func refusePayments() { accepts.withLock { $0 = false } }
    var all: [Exported] { exported.withLock { $0 } }
    var metrics: [MetricBatch] { metricBatches.withLock { $0 } }

    /// The spans once there are `count` of them; fewer when they do not come within thirty seconds.
    func spans(_ count: Int) async throws -> [Span] {
        for _ in 0..<3_000 {
            let spans = all.map(\.span)
            if spans.count >= count { return spans }
            try await Task.sleep(nanoseconds: 10_000_000)
        }
        return all.map(\.span)
    }
}

extension Span {
    func text(_ key: String) -> String? { attributes.first(key)?.text }
}
