import Storage
import Telemetry
import Wire

/// The collector's end of the wire protocol: sessions go to the ledger, batches to the store.
///
/// A full store is not an error here: the batch waits, its credits stay out, and the exporter feels it.
final class WireReceiver: WireReceiverDelegate {
    private let store: Store
    private let waiting: WaitingRoom
    private let metrics: CollectorMetrics
    private let mesh: MeshMetrics
    private let observers: [any SpanObserver]
    private let creditBytes: Int
    private let clock: @Sendable () -> UInt64

    init(
        store: Store, waiting: WaitingRoom, metrics: CollectorMetrics, mesh: MeshMetrics,
        observers: [any SpanObserver] = [], creditBytes: Int,
        clock: @escaping @Sendable () -> UInt64
    ) {
        self.store = store
        self.waiting = waiting
        self.metrics = metrics
        self.mesh = mesh
        self.observers = observers
        self.creditBytes = creditBytes
        self.clock = clock
    }

    func sessionOpened(_ hello: SessionHello, principal: String) -> Result<SessionGrant, WireRefusal> {
        metrics.wireSessionsOpened.increment()
        let highest = store.sessionOpened(
            SessionRecord(
                key: SessionKey(principal: principal, instance: hello.instance, incarnation: hello.incarnation),
                timeNanoseconds: clock()))
        return .success(
            SessionGrant(
                storeID: store.storeID.bytes, epoch: store.epoch, highestDurableSequence: highest,
                creditBytes: creditBytes))
    }

    func received(
        _ submission: WireSubmission, session: SessionIdentity,
        done: @escaping @Sendable (Result<Void, WireRefusal>) -> Void
    ) {
        let received = clock()
        metrics.wireBytes.increment(by: submission.wireBytes)
        var stored = Submission(
            spans: SpanBatch(),
            provenance: Provenance(
                door: .wire, principal: session.principal, instance: session.instance,
                incarnation: session.incarnation, sequence: submission.sequence, receivedNanoseconds: received))
        let points: MetricBatch?
        switch submission.content {
        case .spans(let batch):
            stored.spans = batch
            points = nil
        case .metrics(let batch):
            stored.metrics = batch
            points = batch
        case .losses(let losses):
            stored.losses = losses
            points = nil
            for loss in losses { metrics.exporterLost(spans: loss.spans, reason: loss.reason.name) }
        }
        let spans = stored.spans.count
        let observed = observers.isEmpty || spans == 0 ? nil : stored.spans
        let provenance = stored.provenance
        waiting.admit(stored) { [metrics, mesh, observers] result in
            switch result {
            case .success(let outcome):
                if outcome == .duplicate {
                    metrics.wireDuplicateBatches.increment()
                } else {
                    metrics.accepted(spans: spans, door: .wire)
                    if let observed { for observer in observers { observer.observe(batch: observed) } }
                    if let points { mesh.take(points, from: provenance) }
                }
                done(.success(()))
            case .failure(let error):
                metrics.refused(.store)
                // Only a batch that can never be taken is refused for good; the exporter then records a loss.
                let isFinal = error.code == .tooLarge
                done(
                    .failure(
                        WireRefusal(
                            code: isFinal ? .batchRejected : .storeUnavailable, message: error.message,
                            isRetryable: !isFinal)))
            }
        }
    }

    func sessionClosed(_ session: SessionIdentity, lastSequence: UInt64?) {
        metrics.wireSessionsClosed.increment()
        store.sessionClosed(
            SessionRecord(
                key: SessionKey(
                    principal: session.principal, instance: session.instance, incarnation: session.incarnation),
                timeNanoseconds: clock()),
            lastSequence: lastSequence)
    }

    func refusedFrame(reason: WireErrorCode) { metrics.wireRefused(reason.name) }
}
