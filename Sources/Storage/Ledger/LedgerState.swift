import Telemetry

/// All exporter lives and everything known to be missing. Grows with lives and losses, not with telemetry.
struct LedgerState: Sendable {
    /// What changed since the last commit to the manifest.
    struct Delta: Sendable {
        var incarnations: [(key: SessionKey, value: Incarnation)] = []
        var notes: [GapRecord] = []

        var isEmpty: Bool { incarnations.isEmpty && notes.isEmpty }
    }

    /// Losses of one exporter for one reason that follow each other this closely are one note.
    static let mergeNanoseconds: UInt64 = 60_000_000_000

    private(set) var incarnations: [SessionKey: Incarnation] = [:]
    /// Losses and damages, oldest first.
    private(set) var notes: [GapRecord] = []
    private var changed: Set<SessionKey> = []
    /// Notes before this index are in a delta already.
    private var settledNotes = 0

    /// How many gaps there are that will not close by themselves.
    private(set) var missingRuns = 0

    mutating func set(_ incarnation: Incarnation, for key: SessionKey) {
        missingRuns += incarnation.missing.count - (incarnations[key]?.missing.count ?? 0)
        incarnations[key] = incarnation
        changed.insert(key)
    }

    mutating func note(_ record: GapRecord) {
        if case .loss(let loss) = record.kind, merge(loss, of: record) { return }
        notes.append(record)
    }

    private mutating func merge(_ loss: LossRecord, of record: GapRecord) -> Bool {
        guard notes.count > settledNotes, var last = notes.last, last.session == record.session,
            case .loss(var known) = last.kind, known.reason == loss.reason,
            loss.firstNanoseconds <= known.lastNanoseconds &+ LedgerState.mergeNanoseconds
        else { return false }
        known.merge(loss)
        last.kind = .loss(known)
        last.toNanoseconds = max(last.toNanoseconds, record.toNanoseconds)
        notes[notes.count - 1] = last
        return true
    }

    /// How many places of the log were found damaged.
    var damageCount: Int {
        notes.count { if case .corruption = $0.kind { true } else { false } }
    }

    /// What changed since the last call.
    mutating func takeDelta() -> Delta {
        let delta = Delta(
            incarnations: changed.compactMap { key in incarnations[key].map { (key, $0) } },
            notes: Array(notes[settledNotes...]))
        changed.removeAll()
        settledNotes = notes.count
        return delta
    }

    /// Everything, as one delta to an empty ledger.
    var whole: Delta { Delta(incarnations: incarnations.map { ($0.key, $0.value) }, notes: notes) }

    /// Adds what was committed once. It counts as committed.
    mutating func apply(committed delta: Delta) {
        for (key, value) in delta.incarnations {
            set(value, for: key)
            changed.remove(key)
        }
        notes += delta.notes
        settledNotes = notes.count
    }

    /// Everything missing in a window of the collector's clock, oldest first. Lives in `connected` may still go on.
    func gaps(from: UInt64, to: UInt64, connected: Set<SessionKey>) -> [GapRecord] {
        var gaps = notes
        for (key, incarnation) in incarnations {
            for run in incarnation.missing {
                gaps.append(
                    GapRecord(
                        kind: .missingSequences(run.range), session: key, fromNanoseconds: run.fromNanoseconds,
                        toNanoseconds: run.toNanoseconds))
            }
            if !incarnation.isClosed, !connected.contains(key) {
                gaps.append(
                    GapRecord(
                        kind: .unknownTail(afterSequence: incarnation.highWater), session: key,
                        fromNanoseconds: incarnation.lastNanoseconds, toNanoseconds: .max))
            }
        }
        return gaps.filter { $0.toNanoseconds >= from && $0.fromNanoseconds <= to }
            .sorted { ($0.fromNanoseconds, $0.toNanoseconds) < ($1.fromNanoseconds, $1.toNanoseconds) }
    }
}
