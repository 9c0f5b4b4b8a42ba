import Telemetry

/// What one segment brings into an index run.
package struct IndexInput: Sendable {
    package var segmentNumber: UInt64
    package var traces: [TraceLocation]
    package var transactions: [TransactionEntry]
    package var catalog: SegmentCatalog

    package init(
        segmentNumber: UInt64, traces: [TraceLocation], transactions: [TransactionEntry],
        catalog: SegmentCatalog = SegmentCatalog()
    ) {
        self.segmentNumber = segmentNumber
        self.traces = traces
        self.transactions = transactions
        self.catalog = catalog
    }
}
