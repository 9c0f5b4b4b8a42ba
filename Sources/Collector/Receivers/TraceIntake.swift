import Interop
import NIOCore
import NIOPosix
import Storage
import Telemetry

/// What every door does with spans that are not from the wire protocol: inflate, decode, admit, append, and answer when
/// they are durable, not before.
package final class TraceIntake: Sendable {
    package typealias Answer = Result<OTLPDecodeOutcome, IntakeRefusal>

    private let store: Store
    private let inflatedBytes: Int
    /// The store takes no larger batch, as it lies in memory.
    private let largestBatchBytes: Int
    private let metrics: CollectorMetrics
    private let observers: [any SpanObserver]
    private let pool: NIOThreadPool
    private let clock: @Sendable () -> UInt64

    init(
        store: Store, configuration: CollectorConfiguration, metrics: CollectorMetrics,
        observers: [any SpanObserver] = [], pool: NIOThreadPool, clock: @escaping @Sendable () -> UInt64
    ) {
        self.store = store
        inflatedBytes = configuration.limits.inflatedBytes
        largestBatchBytes = configuration.store.maximumSubmissionBytes
        self.metrics = metrics
        self.observers = observers
        self.pool = pool
        self.clock = clock
    }

    /// A refusal that needs no body: given before one is read, so that a flood costs nothing.
    package func refusalBeforeBody() -> IntakeRefusal? {
        store.admits(bytes: 0) ? nil : counted(.storeIsFull)
    }

    /// Takes a whole request. `reply` is called once, from any thread; success means that what was accepted is durable.
    package func take(_ request: TraceRequest, reply: @escaping @Sendable (Answer) -> Void) {
        let received = clock()
        // A small compressed body may be a large one.
        if request.coding == .identity, request.body.readableBytes <= request.format.inlineBytes {
            return take(request, received: received, reply: reply)
        }
        pool.submit { [self] state in
            guard case .active = state else { return reply(.failure(counted(.stopping))) }
            guard !request.isAbandoned() else { return reply(.failure(counted(.abandoned))) }
            take(request, received: received, reply: reply)
        }
    }

    /// Counts a refusal that a door makes by itself.
    package func counted(_ refusal: IntakeRefusal) -> IntakeRefusal {
        metrics.refused(refusal.reason)
        return refusal
    }

    private func take(_ request: TraceRequest, received: UInt64, reply: @escaping @Sendable (Answer) -> Void) {
        var batch = SpanBatch()
        let outcome: OTLPDecodeOutcome
        switch decode(request, into: &batch) {
        case .success(let decoded): outcome = decoded
        case .failure(let refusal): return reply(.failure(counted(refusal)))
        }
        metrics.rejected(spans: outcome.rejected, door: request.door)
        guard outcome.accepted > 0 else { return reply(.success(outcome)) }
        let bytes = batch.memoryBytes
        guard bytes <= largestBatchBytes else { return reply(.failure(counted(tooLarge(bytes)))) }
        guard store.admits(bytes: bytes) else { return reply(.failure(counted(.storeIsFull))) }
        let provenance = Provenance(
            door: request.door, principal: request.principal, receivedNanoseconds: received)
        let observed = observers.isEmpty ? nil : batch
        store.append(Submission(spans: batch, provenance: provenance)) { [self] result in
            switch result {
            case .success:
                metrics.accepted(spans: outcome.accepted, door: provenance.door)
                if let observed { for observer in observers { observer.observe(batch: observed) } }
                reply(.success(outcome))
            case .failure(let error) where error.code == .tooLarge:
                reply(.failure(counted(IntakeRefusal(.tooLarge, error.message, reason: .store))))
            case .failure(let error):
                let refusal = IntakeRefusal(.unavailable, error.message, reason: .store, retryAfterSeconds: 5)
                reply(.failure(counted(refusal)))
            }
        }
    }

    private func decode(
        _ request: TraceRequest, into batch: inout SpanBatch
    ) -> Result<OTLPDecodeOutcome, IntakeRefusal> {
        request.body.withUnsafeReadableBytes { bytes in
            request.coding.withPlain(bytes, limit: inflatedBytes) { plain in
                request.format.decode(plain, &batch).mapError { error in
                    IntakeRefusal(
                        error.code == .limitExceeded ? .tooLarge : .malformed, error.message, reason: .malformed)
                }
            }
        }
    }

    private func tooLarge(_ bytes: Int) -> IntakeRefusal {
        IntakeRefusal(
            .tooLarge,
            "The request's spans take \(bytes) bytes in memory, more than the limit of \(largestBatchBytes) "
                + "(limit liveBytes); send fewer at once.", reason: .store)
    }
}
