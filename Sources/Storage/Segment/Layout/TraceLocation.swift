import Telemetry

/// Where a segment keeps the rows of one trace: `firstRow` counts from the segment's first row.
package struct TraceLocation: Hashable, Sendable {
    package var traceID: TraceID
    package var block: UInt32
    package var firstRow: UInt32
    package var rowCount: UInt32

    package init(traceID: TraceID, block: UInt32, firstRow: UInt32, rowCount: UInt32) {
        self.traceID = traceID
        self.block = block
        self.firstRow = firstRow
        self.rowCount = rowCount
    }
}
