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
        // References are taken in one moment; the slow part happens outside the lock.
        let (live, runs, segments, unreadable) = shared.state.withLock { state in
            (
                (state.frozen?.runs(of: id) ?? []) + state.live.runs(of: id), state.runs, state.segments,
                state.unreadable
            )
        }
        var answer = TraceAnswer()
        for run in runs {
            let hits: [IndexReader.Hit]
            do throws(StoreError) {
                hits = try run.read { reader throws(StoreError) in try reader.locations(of: id) }
            } catch {
                answer.unreadable.append(error)
                continue
            }
            for hit in hits {
                guard let segment = segments[hit.segmentNumber] else {
                    // Otherwise a segment that left the store since the run was written: its spans are elsewhere, or
                    // gone.
                    if let reason = unreadable[hit.segmentNumber] { answer.unreadable.append(reason) }
                    continue
                }
                do throws(StoreError) {
                    answer.spans += try segment.read { reader throws(StoreError) in
                        try reader.spans(of: id, at: hit.location)
                    }
                } catch { answer.unreadable.append(error) }
            }
        }
        for (batch, rows) in live {
            for row in rows {
                answer.spans.append(StoredSpan(span: batch.spans.span(row), provenance: batch.provenance))
            }
        }
        answer.spans = SpanIdentity.merge(answer.spans)
        return answer
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
