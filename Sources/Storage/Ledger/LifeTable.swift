/// All exporter lives, in the order in which they were first seen, in pieces.
///
/// Whoever looks for gaps takes a copy of `pieces`, which costs nothing; a change meanwhile copies one piece. Each piece
/// knows the window of its gaps, so that pieces without any in the window that is asked for are passed over.
struct LifeTable: Sendable {
    struct Life: Sendable {
        var key: SessionKey
        var value: Incarnation
        var window: GapWindow
    }

    struct Piece: Sendable {
        var lives: [Life] = []
        var window = GapWindow.none
    }

    static let pieceCount = 64

    private(set) var pieces: [Piece] = []
    private(set) var count = 0
    private var places: [SessionKey: Int] = [:]

    subscript(key: SessionKey) -> Incarnation? {
        places[key].map { pieces[$0 / LifeTable.pieceCount].lives[$0 % LifeTable.pieceCount].value }
    }

    /// Returns the value before, `nil` for a life that was not known.
    @discardableResult
    mutating func set(_ value: Incarnation, for key: SessionKey) -> Incarnation? {
        let life = Life(key: key, value: value, window: value.gapWindow)
        guard let place = places[key] else {
            if count % LifeTable.pieceCount == 0 { pieces.append(Piece()) }
            places[key] = count
            pieces[pieces.count - 1].lives.append(life)
            pieces[pieces.count - 1].window.widen(life.window)
            count += 1
            return nil
        }
        let piece = place / LifeTable.pieceCount
        let before = pieces[piece].lives[place % LifeTable.pieceCount].value
        pieces[piece].lives[place % LifeTable.pieceCount] = life
        pieces[piece].window = pieces[piece].lives.reduce(into: .none) { $0.widen($1.window) }
        return before
    }

    func forEach(_ body: (SessionKey, Incarnation) -> Void) {
        for piece in pieces {
            for life in piece.lives { body(life.key, life.value) }
        }
    }

    /// Forgets the lives in `keys`.
    mutating func remove(_ keys: Set<SessionKey>) {
        if keys.isEmpty { return }
        var kept = LifeTable()
        forEach { key, value in
            if !keys.contains(key) { kept.set(value, for: key) }
        }
        self = kept
    }
}
