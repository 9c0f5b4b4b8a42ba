/// Losses and damages in the order in which they were noted, in pieces that know their windows, as in `LifeTable`.
struct NoteList: Sendable {
    struct Piece: Sendable {
        var notes: [GapRecord] = []
        var window = GapWindow.none
    }

    static let pieceCount = 256

    private(set) var pieces: [Piece] = []
    private(set) var count = 0

    var last: GapRecord? { pieces.last?.notes.last }

    mutating func append(_ note: GapRecord) {
        if count % NoteList.pieceCount == 0 { pieces.append(Piece()) }
        pieces[pieces.count - 1].notes.append(note)
        pieces[pieces.count - 1].window.widen(note.window)
        count += 1
    }

    /// Replaces the last note with one whose window holds that one's.
    mutating func widenLast(_ note: GapRecord) {
        let piece = pieces.count - 1
        pieces[piece].notes[pieces[piece].notes.count - 1] = note
        pieces[piece].window.widen(note.window)
    }

    /// The notes from number `index` on.
    func suffix(from index: Int) -> [GapRecord] {
        (index..<max(index, count)).map { pieces[$0 / NoteList.pieceCount].notes[$0 % NoteList.pieceCount] }
    }
}

extension GapRecord {
    var window: GapWindow { GapWindow(from: fromNanoseconds, to: toNanoseconds) }
}
