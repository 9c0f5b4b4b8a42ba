import Telemetry

/// A trace that carries a transaction id.
public struct TransactionHit: Sendable, Hashable {
    public var key: TransactionKey
    public var traceID: TraceID
    /// The revision of the rules that found the id.
    public var rulesRevision: UInt32

    public init(key: TransactionKey, traceID: TraceID, rulesRevision: UInt32) {
        self.key = key
        self.traceID = traceID
        self.rulesRevision = rulesRevision
    }
}
