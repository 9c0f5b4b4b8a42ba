import Telemetry

/// Acknowledged spans that are not sealed yet, found by trace and by transaction.
struct LiveSet: Sendable {
    /// What finding a span again costs beside the span, about: a run and its share of a trace.
    static let indexBytesPerSpan = 32

    private(set) var batches: [LiveBatch] = []
    private(set) var spanCount = 0
    private(set) var bytes = 0
    /// When the first batch came, on the monotonic clock.
    private(set) var sinceNanoseconds: UInt64?
    private var traces = TraceTable()
    private var transactions = TransactionTable()

    mutating func insert(_ batch: LiveBatch, _ found: LiveFindings, now: UInt64) {
        if sinceNanoseconds == nil { sinceNanoseconds = now }
        traces.insert(batch.spans.traceID, batch: batches.count)
        batches.append(batch)
        spanCount += batch.spans.count
        bytes += LiveSet.cost(of: batch)
        found.forEach { value, rule, traceID in transactions.insert(value, rule: rule, traceID: traceID) }
    }

    static func cost(of batch: LiveBatch) -> Int { batch.memoryBytes + batch.spans.count * indexBytesPerSpan }

    /// The runs of a trace, in the order in which they came.
    func runs(of trace: TraceID) -> [(batch: LiveBatch, rows: Range<Int>)] {
        var runs: [(batch: LiveBatch, rows: Range<Int>)] = []
        traces.forEachRun(of: trace) { run in
            runs.append((batches[Int(run.batch)], Int(run.row)..<Int(run.row + run.count)))
        }
        return runs
    }

    /// The traces of the transactions with this normalised value, and the rule that found each.
    func traces(of value: [UInt8]) -> [(rule: Int, traceID: TraceID)] {
        transactions.entries(of: value).map { ($0.rule, $0.traceID) }
    }
}
