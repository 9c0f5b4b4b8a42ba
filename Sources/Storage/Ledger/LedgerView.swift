/// The ledger at one moment, to look for gaps in without holding up who writes: it shares its pieces with the ledger.
struct LedgerView: Sendable {
    private let lives: [LifeTable.Piece]
    private let notes: [NoteList.Piece]
    /// Sessions with a connection, and how many.
    private let connected: [SessionKey: Int]

    init(_ ledger: LedgerState, connected: [SessionKey: Int]) {
        lives = ledger.incarnations.pieces
        notes = ledger.notes.pieces
        self.connected = connected
    }

    /// Everything missing in a window of time, oldest first. Lives that are connected may still go on:
    /// their tail is not unknown.
    func gaps(from: UInt64, to: UInt64) -> [GapRecord] {
        let asked = GapWindow(from: from, to: to)
        var gaps: [GapRecord] = []
        for piece in notes where piece.window.touches(asked) {
            gaps += piece.notes.lazy.filter { $0.window.touches(asked) }
        }
        for piece in lives where piece.window.touches(asked) {
            for life in piece.lives where life.window.touches(asked) { append(life, asked, to: &gaps) }
        }
        return gaps.sorted { ($0.fromNanoseconds, $0.toNanoseconds) < ($1.fromNanoseconds, $1.toNanoseconds) }
    }

    private func append(_ life: LifeTable.Life, _ asked: GapWindow, to gaps: inout [GapRecord]) {
        for run in life.value.missing {
            let gap = run.gap(of: life.key)
            if gap.window.touches(asked) { gaps.append(gap) }
        }
        if let tail = life.value.unknownTail(of: life.key), tail.window.touches(asked), connected[life.key] == nil {
            gaps.append(tail)
        }
    }
}
