import Telemetry

/// Acknowledged spans that are not sealed yet, found by trace and by transaction.
struct LiveSet: Sendable {
    /// A transaction id found in a batch.
    struct Found: Sendable {
        var rule: Int
        var value: [UInt8]
        var traceID: TraceID
    }

    private struct Entry: Sendable, Hashable {
        var rule: Int
        var traceID: TraceID
    }

    /// What finding a span again costs beside the span, about: a run and its share of a trace.
    static let indexBytesPerSpan = 32

    private(set) var batches: [LiveBatch] = []
    private(set) var spanCount = 0
    private(set) var bytes = 0
    /// When the first batch came, on the monotonic clock.
    private(set) var sinceNanoseconds: UInt64?
    private var traces = TraceTable()
    private var transactions: [[UInt8]: [Entry]] = [:]

    mutating func insert(_ batch: LiveBatch, _ found: [Found], now: UInt64) {
        if sinceNanoseconds == nil { sinceNanoseconds = now }
        traces.insert(batch.spans.traceID, batch: batches.count)
        batches.append(batch)
        spanCount += batch.spans.count
        bytes += LiveSet.cost(of: batch)
        for item in found {
            let entry = Entry(rule: item.rule, traceID: item.traceID)
            if transactions[item.value]?.last != entry { transactions[item.value, default: []].append(entry) }
        }
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
        (transactions[value] ?? []).map { ($0.rule, $0.traceID) }
    }
}

extension TransactionFinder {
    /// All transaction ids of a batch; one that repeats from row to row in a trace is reported once.
    mutating func found(in batch: borrowing SpanBatch) -> [LiveSet.Found] {
        var found: [LiveSet.Found] = []
        let ids = batch.traceID
        find(in: batch) { row, rule, value in
            if let last = found.last, last.rule == rule, last.traceID == ids[row], value.elementsEqual(last.value) {
                return
            }
            found.append(LiveSet.Found(rule: rule, value: Array(value), traceID: ids[row]))
        }
        return found
    }
}
