import Telemetry

extension StoreShared {
    /// The traces that carry a transaction id, live and sealed, each once a kind.
    func traces(of transaction: String, kind: String? = nil) throws(StoreError) -> [TransactionHit] {
        let rules = configuration.transactionRules
        let values = Set((kind.map { [$0] } ?? rules.kinds).compactMap { rules.normalise(transaction, kind: $0) })
        var hits: [TransactionHit] = []
        for value in values.sorted() {
            let bytes = Array(value.utf8)
            let (live, runs, segments, unreadable) = state.withLock { state in
                (
                    (state.frozen?.traces(of: bytes) ?? []) + state.live.traces(of: bytes), state.runs,
                    state.segments, state.unreadable
                )
            }
            for run in runs {
                let entries = try run.read { reader throws(StoreError) in try reader.traces(of: value, kind: kind) }
                // Rows of segments that left the store say nothing any more.
                for entry in entries
                where segments[entry.segmentNumber] != nil || unreadable[entry.segmentNumber] != nil {
                    hits.append(
                        TransactionHit(key: entry.key, traceID: entry.traceID, rulesRevision: entry.rulesRevision))
                }
            }
            for entry in live {
                let key = TransactionKey(kind: rules.rules[entry.rule].kind, value: value)
                guard kind == nil || kind == key.kind else { continue }
                hits.append(TransactionHit(key: key, traceID: entry.traceID, rulesRevision: rules.revision))
            }
        }
        // A spelling that is right for one kind may be another kind's different id.
        var seen: Set<TransactionHit> = []
        return hits.filter { hit in
            rules.normalise(transaction, kind: hit.key.kind) == hit.key.value && seen.insert(hit).inserted
        }
    }
}
