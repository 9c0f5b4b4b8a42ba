import Telemetry

/// A transaction's trace, and one of the segments that have rows of it.
package struct TransactionHitEntry: Hashable, Sendable {
    package var segmentNumber: UInt64
    package var entry: TransactionEntry

    package init(segmentNumber: UInt64, entry: TransactionEntry) {
        self.segmentNumber = segmentNumber
        self.entry = entry
    }

    package var key: TransactionKey { entry.key }
    package var traceID: TraceID { entry.traceID }
    package var rulesRevision: UInt32 { entry.rulesRevision }
}
