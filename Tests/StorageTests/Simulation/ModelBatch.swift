import Storage
import Telemetry

/// A span as the model knows it: the value, and its bytes as its name.
struct ModelSpan {
    var span: Span
    var bytes: [UInt8]
    var transactions: [TransactionKey]

    init(_ span: Span) {
        self.span = span
        bytes = ExactBytes.of(span)
        transactions = TransactionRules.standard.keys(of: span)
    }
}

/// What an exporter hands over as a whole, and what has become of it.
final class ModelBatch {
    let number: Int
    let session: SessionKey?
    let sequence: UInt64
    let spans: [ModelSpan]
    let losses: [LossRecord]
    let metrics: MetricBatch?
    private let batch: SpanBatch
    /// Its spans are stored: acknowledged, or found after a recovery.
    var isPresent = false
    /// Its sequence is stored, and with it its losses and metrics. After a crash the spans of a batch nobody
    /// acknowledged may be there without.
    var isCounted = false
    /// It was tried and not acknowledged: a recovery may bring it.
    var isDoubtful = false
    /// It was found after a recovery, and other batches may have brought every span of it: perhaps it is not there.
    var isGuessed = false
    /// It is in a segment.
    var isSealed = false
    /// It may have gone into a seal.
    var mayBeSealed = false
    /// One for each time it was sent.
    var provenances: [Provenance] = []

    init(
        number: Int, session: SessionKey?, sequence: UInt64, spans: [Span], losses: [LossRecord] = [],
        metrics: MetricBatch? = nil
    ) {
        self.number = number
        self.session = session
        self.sequence = sequence
        self.spans = spans.map { ModelSpan($0) }
        self.losses = losses
        self.metrics = metrics
        batch = SpanBatch(spans)
    }

    /// When the newest of it was recorded, where it tells.
    var newest: UInt64? { (spans.map(\.span.endNanoseconds) + (metrics.map { [$0.endNanoseconds] } ?? [])).max() }

    /// The batch as it is sent now.
    func submission(at now: UInt64) -> Submission {
        let provenance = Provenance(
            door: session == nil ? .otlpHTTP : .wire, principal: session?.principal ?? "sdk",
            instance: session?.instance ?? "", incarnation: session?.incarnation ?? 0, sequence: sequence,
            receivedNanoseconds: now)
        provenances.append(provenance)
        return Submission(spans: batch, metrics: metrics, losses: losses, provenance: provenance)
    }
}
