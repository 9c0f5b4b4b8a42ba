/// What a group of records does to the ledger once it is durable; nothing sees it before.
///
/// Replaying the log makes the same decisions from the same records, so a batch that is there twice is stored once.
struct LedgerDraft {
    private var touched: [SessionKey: Incarnation] = [:]
    private var notes: [GapRecord] = []

    /// Decides about one submission. Returns `false` when it is stored already.
    mutating func take(_ submission: borrowing Submission, _ known: (SessionKey) -> Incarnation?) -> Bool {
        let provenance = submission.provenance
        let now = provenance.receivedNanoseconds
        if let key = provenance.session {
            var incarnation = touched[key] ?? known(key) ?? Incarnation(seenNanoseconds: now)
            guard incarnation.take(provenance.sequence, at: now, recorded: submission.newestNanoseconds) else {
                return false
            }
            touched[key] = incarnation
        }
        for loss in submission.losses {
            notes.append(
                GapRecord(
                    kind: .loss(loss), session: provenance.session, fromNanoseconds: min(loss.firstNanoseconds, now),
                    toNanoseconds: max(loss.firstNanoseconds, now)))
        }
        return true
    }

    mutating func open(_ session: SessionRecord, _ known: (SessionKey) -> Incarnation?) {
        var incarnation =
            touched[session.key] ?? known(session.key) ?? Incarnation(seenNanoseconds: session.timeNanoseconds)
        incarnation.open(at: session.timeNanoseconds)
        touched[session.key] = incarnation
    }

    mutating func close(
        _ session: SessionRecord, lastSequence: UInt64?, _ known: (SessionKey) -> Incarnation?
    ) {
        var incarnation =
            touched[session.key] ?? known(session.key) ?? Incarnation(seenNanoseconds: session.timeNanoseconds)
        if let lastSequence {
            incarnation.close(lastSequence: lastSequence, at: session.timeNanoseconds)
        } else {
            incarnation.disconnect(at: session.timeNanoseconds)
        }
        touched[session.key] = incarnation
    }

    /// Makes it so.
    func apply(to ledger: inout LedgerState) {
        // The oldest first: a new life ends the unknown tail of the one before it.
        for (key, value) in touched.sorted(by: { $0.value.firstNanoseconds < $1.value.firstNanoseconds }) {
            ledger.set(value, for: key)
        }
        for note in notes { ledger.note(note) }
    }
}
