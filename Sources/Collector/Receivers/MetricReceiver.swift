import Interop
import NIOCore
import NIOPosix
import Telemetry

/// What every door does with metrics: inflate, decode, hand over to the intake, and answer when they are durable.
package final class MetricReceiver: Sendable {
    private let intake: any MetricIntake
    private let inflatedBytes: Int
    private let metrics: CollectorMetrics
    private let pool: NIOThreadPool

    init(
        intake: any MetricIntake, limits: CollectorConfiguration.Limits, metrics: CollectorMetrics, pool: NIOThreadPool
    ) {
        self.intake = intake
        inflatedBytes = limits.inflatedBytes
        self.metrics = metrics
        self.pool = pool
    }

    /// Takes a whole request. `reply` is called once, from any thread; what it says was rejected includes points that
    /// could not be decoded.
    package func take(
        _ request: MetricRequest, reply: @escaping @Sendable (Result<MetricIntakeOutcome, IntakeRefusal>) -> Void
    ) {
        // A small compressed body may be a large one.
        if request.coding == .identity, request.body.readableBytes <= request.format.inlineBytes {
            return decodeAndTake(request, reply: reply)
        }
        pool.submit { [self] state in
            guard case .active = state else {
                metrics.refused(.stopping)
                return reply(.failure(.stopping))
            }
            guard !request.isAbandoned() else {
                metrics.refused(.abandoned)
                return reply(.failure(.abandoned))
            }
            decodeAndTake(request, reply: reply)
        }
    }

    private func decodeAndTake(
        _ request: MetricRequest, reply: @escaping @Sendable (Result<MetricIntakeOutcome, IntakeRefusal>) -> Void
    ) {
        let decoded: OTLPMetricsOutcome
        switch decode(request) {
        case .success(let outcome): decoded = outcome
        case .failure(let refusal):
            metrics.refused(refusal.reason)
            return reply(.failure(refusal))
        }
        let (rejected, reason) = (decoded.rejected, decoded.firstRejection)
        guard decoded.accepted > 0 else {
            return reply(.success(MetricIntakeOutcome(accepted: 0, rejected: rejected, firstRejection: reason)))
        }
        intake.take(decoded.metrics, door: request.door, principal: request.principal) { answer in
            reply(
                answer.map { taken in
                    MetricIntakeOutcome(
                        accepted: taken.accepted, rejected: taken.rejected + rejected,
                        firstRejection: reason ?? taken.firstRejection)
                })
        }
    }

    private func decode(_ request: MetricRequest) -> Result<OTLPMetricsOutcome, IntakeRefusal> {
        request.body.withUnsafeReadableBytes { bytes in
            request.coding.withPlain(bytes, limit: inflatedBytes) { plain in
                request.format.decode(plain).mapError { error in
                    IntakeRefusal(
                        error.code == .limitExceeded ? .tooLarge : .malformed, error.message, reason: .malformed)
                }
            }
        }
    }
}
