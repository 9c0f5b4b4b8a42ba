import Telemetry

/// The transaction ids of a batch on their way into the live set.
struct LiveFindings: Sendable {
    private struct Item: Sendable {
        var rule: Int
        var traceID: TraceID
        /// Where its value ends in `bytes`.
        var end: Int
    }

    private var items: [Item] = []
    private var bytes: [UInt8] = []

    mutating func append(_ value: UnsafeRawBufferPointer, rule: Int, traceID: TraceID) {
        bytes.append(contentsOf: value)
        items.append(Item(rule: rule, traceID: traceID, end: bytes.count))
    }

    func forEach(_ body: (UnsafeRawBufferPointer, Int, TraceID) -> Void) {
        bytes.withUnsafeBytes { bytes in
            var start = 0
            for item in items {
                body(UnsafeRawBufferPointer(rebasing: bytes[start..<item.end]), item.rule, item.traceID)
                start = item.end
            }
        }
    }
}

extension TransactionFinder {
    /// All transaction ids of a batch; one that repeats from row to row in a trace is reported once.
    mutating func found(in batch: borrowing SpanBatch) -> LiveFindings {
        var findings = LiveFindings()
        let ids = batch.traceID
        findFirst(in: batch) { row, rule, value in findings.append(value, rule: rule, traceID: ids[row]) }
        return findings
    }
}
