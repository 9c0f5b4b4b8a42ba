import Storage
import Telemetry

/// What the store must hold, in plain dictionaries.
struct StoreModel {
    /// A distinct span of a trace and the batches that brought it.
    struct Entry {
        var span: ModelSpan
        var batches: [ModelBatch]
    }

    private(set) var batches: [ModelBatch] = []
    var sessions: [SessionKey: ModelSession] = [:]
    /// In the order in which they were made, so that chance picks the same ones again.
    private(set) var sessionOrder: [ModelSession] = []
    /// By trace and exact bytes, what is stored.
    private(set) var traces: [TraceID: [[UInt8]: Entry]] = [:]
    /// Traces of every batch ever made, stored or not, the oldest first.
    private(set) var mentioned: [TraceID] = []
    private var isMentioned: Set<TraceID> = []
    /// All that was ever stored, expired or not.
    private var ever: [TraceID: [Span]] = [:]

    mutating func add(_ session: ModelSession) {
        sessions[session.key] = session
        sessionOrder.append(session)
    }

    mutating func make(
        session: ModelSession?, sequence: UInt64, spans: [Span], losses: [LossRecord], metrics: MetricBatch?
    ) -> ModelBatch {
        let batch = ModelBatch(
            number: batches.count, session: session?.key, sequence: sequence, spans: spans, losses: losses,
            metrics: metrics)
        batches.append(batch)
        session?.batches[sequence] = batch
        for span in batch.spans where isMentioned.insert(span.span.traceID).inserted {
            mentioned.append(span.span.traceID)
        }
        return batch
    }

    /// The spans of a batch are stored.
    mutating func show(_ batch: ModelBatch) {
        // What expired comes again, where the door has no sequences to tell it by.
        if batch.isPresent, batch.session != nil { return }
        batch.isPresent = true
        for span in batch.spans {
            let entry = traces[span.span.traceID]?[span.bytes]
            if let entry, entry.batches.contains(where: { $0 === batch }) { continue }
            traces[span.span.traceID, default: [:]][span.bytes, default: Entry(span: span, batches: [])].batches
                .append(batch)
            ever[span.span.traceID, default: []].append(span.span)
        }
    }

    /// The store said yes.
    mutating func acknowledge(_ batch: ModelBatch) {
        show(batch)
        batch.isCounted = true
        batch.isDoubtful = false
        batch.isGuessed = false
        if batch.session == nil { batch.isSealed = false }
        guard let key = batch.session, let session = sessions[key] else { return }
        session.isSeen = true
        session.refusedFrom = nil
    }

    /// A span is stored no more.
    mutating func remove(_ bytes: [UInt8], of trace: TraceID) { traces[trace]?[bytes] = nil }

    /// All spans of a trace that were ever stored.
    func everIn(_ trace: TraceID) -> [Span] { ever[trace] ?? [] }

    /// Batches that a recovery may bring; what expired of one without a sequence, too.
    var doubtful: [ModelBatch] { batches.filter { $0.isDoubtful && (!$0.isPresent || $0.session == nil) } }

    func contents(_ trace: TraceID) -> [[UInt8]: Entry] { traces[trace] ?? [:] }

    /// The traces that name a transaction, as an answer to a question for `text` gives them.
    func transactions(_ text: String, kind: String?) -> Set<TransactionHit> {
        let rules = TransactionRules.standard
        var hits: Set<TransactionHit> = []
        for (trace, entries) in traces {
            for entry in entries.values {
                for key in entry.span.transactions {
                    guard kind == nil || key.kind == kind, rules.normalise(text, kind: key.kind) == key.value else {
                        continue
                    }
                    hits.insert(TransactionHit(key: key, traceID: trace, rulesRevision: rules.revision))
                }
            }
        }
        return hits
    }
}
