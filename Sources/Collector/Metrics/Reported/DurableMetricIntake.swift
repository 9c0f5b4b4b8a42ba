import Exposition
import Interop
import Storage
import Telemetry

/// Translates reported metrics to Prometheus' series, appends them to the store's log and, once they are durable, applies
/// them: in the log's order, which is also the order in which they are applied again after a restart.
package final class DurableMetricIntake: MetricIntake {
    private let store: Store
    private let book: ReportedSeriesBook
    private let metrics: CollectorMetrics
    private let clock: @Sendable () -> UInt64

    package init(
        store: Store, book: ReportedSeriesBook, metrics: CollectorMetrics, clock: @escaping @Sendable () -> UInt64
    ) {
        self.store = store
        self.book = book
        self.metrics = metrics
        self.clock = clock
    }

    package func take(
        _ request: OTLPMetrics, door: Door, principal: String, reply: @escaping @Sendable (Answer) -> Void
    ) {
        let received = clock()
        let translation = ReportTranslation(request, receivedNanoseconds: received)
        let refused = translation.outcome
        for (refusal, points) in translation.refusals { book.count(refusal, points: points) }
        guard !translation.report.points.isEmpty else {
            return reply(.success(outcome(refused, ReportedOutcome(), of: request.pointCount)))
        }
        guard store.admits(bytes: 0) else { return reply(.failure(counted(.storeIsFull))) }
        let submission = Submission(
            reported: translation.report,
            provenance: Provenance(door: door, principal: principal, receivedNanoseconds: received))
        store.append(submission) { [self] result in
            switch result {
            case .success:
                let applied = book.take(translation.report, nowNanoseconds: clock())
                reply(.success(outcome(refused, applied, of: request.pointCount)))
            case .failure(let error) where error.code == .tooLarge:
                reply(.failure(counted(IntakeRefusal(.tooLarge, error.message, reason: .store))))
            case .failure(let error):
                reply(
                    .failure(
                        counted(
                            IntakeRefusal(.unavailable, error.message, reason: .store, retryAfterSeconds: 5))))
            }
        }
    }

    private func outcome(
        _ before: ReportedOutcome, _ applied: ReportedOutcome, of points: Int
    ) -> MetricIntakeOutcome {
        // A report has points more than the request: those of its `target_info` series.
        let rejected = min(points, before.refused + applied.refused)
        return MetricIntakeOutcome(
            accepted: points - rejected, rejected: rejected,
            firstRejection: before.firstRefusal ?? applied.firstRefusal)
    }

    private func counted(_ refusal: IntakeRefusal) -> IntakeRefusal {
        metrics.refused(refusal.reason)
        return refusal
    }
}
