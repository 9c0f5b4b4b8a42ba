import Telemetry

/// One trace of one transaction, and the revision of the rules that found it.
package struct TransactionEntry: Hashable, Sendable {
    package var key: TransactionKey
    package var traceID: TraceID
    package var rulesRevision: UInt32

    package init(key: TransactionKey, traceID: TraceID, rulesRevision: UInt32) {
        self.key = key
        self.traceID = traceID
        self.rulesRevision = rulesRevision
    }
}
