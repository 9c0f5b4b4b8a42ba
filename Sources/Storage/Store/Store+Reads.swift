import Telemetry

extension Store {
    /// All spans of a trace, live and sealed, by start time: equal ones once, and those whose ids are equal while
    /// their content is not marked as conflicts. Empty when there are none.
    ///
    /// - Throws: where a part of the trace cannot be read: a part must not pass for the whole. `traceAnswer` gives what
    ///   can be read all the same.
    public func trace(_ id: TraceID) throws(StoreError) -> [StoredSpan] {
        let answer = try traceAnswer(id)
        if let reason = answer.unreadable.first { throw reason }
        return answer.spans
    }

    /// What can be read of a trace, and which files could not be.
    public func traceAnswer(_ id: TraceID) throws(StoreError) -> TraceAnswer {
        tracePieces(id).read()
    }

    /// The traces that carry a transaction id. `transaction` is normalised as the ids were, by its kind; without a kind
    /// all kinds are looked through.
    public func traces(of transaction: String, kind: String? = nil) throws(StoreError) -> [TransactionHit] {
        try shared.traces(of: transaction, kind: kind)
    }

    /// The ledger: everything missing, or not known to be whole, that would have been recorded in a window of time
    /// (Unix nanoseconds, both ends included; `nil` is open), oldest first.
    public func gaps(from: UInt64? = nil, to: UInt64? = nil) throws(StoreError) -> [GapRecord] {
        // The view is taken in one moment; the looking happens outside the lock.
        let view = shared.state.withLock { LedgerView($0.ledger, connected: $0.connected) }
        return view.gaps(from: from ?? 0, to: to ?? .max)
    }
}
