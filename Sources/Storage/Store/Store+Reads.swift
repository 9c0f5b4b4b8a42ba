import Telemetry

extension Store {
    /// All spans of a trace, live and sealed, by start time: equal ones once, and those whose ids are equal while
    /// their content is not marked as conflicts. Empty when there are none.
    public func trace(_ id: TraceID) throws(StoreError) -> [StoredSpan] {
        // References are taken in one moment; the slow part happens outside the lock.
        let (live, runs, segments, unreadable) = shared.state.withLock { state in
            (
                (state.frozen?.runs(of: id) ?? []) + state.live.runs(of: id), state.runs, state.segments,
                state.unreadable
            )
        }
        var spans: [StoredSpan] = []
        for run in runs {
            for hit in try run.read({ reader throws(StoreError) in try reader.locations(of: id) }) {
                guard let segment = segments[hit.segmentNumber] else {
                    // A part of a trace must not pass for the whole.
                    if let reason = unreadable[hit.segmentNumber] { throw reason }
                    // A segment that left the store since the run was written: its spans are elsewhere, or gone.
                    continue
                }
                spans += try segment.read { reader throws(StoreError) in try reader.spans(of: id, at: hit.location) }
            }
        }
        for (batch, rows) in live {
            for row in rows {
                spans.append(StoredSpan(span: batch.spans.span(row), provenance: batch.provenance))
            }
        }
        return SpanIdentity.merge(spans)
    }

    /// The traces that carry a transaction id. `transaction` is normalised as the ids were, by its kind; without a kind
    /// all kinds are looked through.
    public func traces(of transaction: String, kind: String? = nil) throws(StoreError) -> [TransactionHit] {
        try shared.traces(of: transaction, kind: kind)
    }

    /// The ledger: everything known to be missing, or not known to be whole, in a window of the collector's clock
    /// (Unix nanoseconds, both ends included; `nil` is open), oldest first.
    public func gaps(from: UInt64? = nil, to: UInt64? = nil) throws(StoreError) -> [GapRecord] {
        // The view is taken in one moment; the looking happens outside the lock.
        let view = shared.state.withLock { LedgerView($0.ledger, connected: $0.connected) }
        return view.gaps(from: from ?? 0, to: to ?? .max)
    }
}
