/// What row groups bring to an index run.
package struct SegmentEntries: Sendable {
    /// In row order.
    package var traces: [TraceLocation] = []
    /// In the order of the traces.
    package var transactions: [TransactionEntry] = []
    package var catalog = SegmentCatalog()

    mutating func append(_ other: SegmentEntries) {
        if traces.isEmpty {
            self = other
            return
        }
        traces += other.traces
        transactions += other.transactions
        catalog.merge(other.catalog)
    }
}
