import Telemetry

/// All exporter lives and everything known to be missing. Grows with lives and losses, not with telemetry.
struct LedgerState: Sendable {
    /// What changed since the last commit to the manifest.
    struct Delta: Sendable {
        var incarnations: [(key: SessionKey, value: Incarnation)] = []
        var notes: [GapRecord] = []

        var isEmpty: Bool { incarnations.isEmpty && notes.isEmpty }
    }

    /// An exporter through all its lives.
    private struct Exporter: Hashable {
        var principal: String
        var instance: String

        init(_ key: SessionKey) {
            principal = key.principal
            instance = key.instance
        }
    }

    /// Losses of one exporter for one reason that follow each other this closely are one note.
    static let mergeNanoseconds: UInt64 = 60_000_000_000

    private(set) var incarnations = LifeTable()
    /// Losses and damages, oldest first.
    private(set) var notes = NoteList()
    private var changed: Set<SessionKey> = []
    /// Notes before this index are in a delta already.
    private var settledNotes = 0
    /// Lives that did not close and that no later life of their exporter followed yet.
    private var unfinished: [Exporter: Set<UInt64>] = [:]
    private var folding = LedgerFolding()

    /// How many gaps there are that will not close by themselves.
    private(set) var missingRuns = 0
    /// How many places of the log were found damaged.
    private(set) var damageCount = 0

    mutating func set(_ incarnation: Incarnation, for key: SessionKey) {
        let before = incarnations.set(incarnation, for: key)
        missingRuns += incarnation.missing.count - (before?.missing.count ?? 0)
        changed.insert(key)
        folding.saw(key, at: incarnation.lastNanoseconds, isNew: before == nil)
        let exporter = Exporter(key)
        if incarnation.isClosed || incarnation.successorNanoseconds != nil {
            unfinished[exporter]?.remove(key.incarnation)
            if unfinished[exporter]?.isEmpty == true { unfinished[exporter] = nil }
        } else {
            unfinished[exporter, default: []].insert(key.incarnation)
        }
        if before == nil { endTails(of: exporter, by: incarnation, key.incarnation) }
    }

    /// A new life says that the ones before it have ended.
    private mutating func endTails(of exporter: Exporter, by next: Incarnation, _ number: UInt64) {
        for old in unfinished[exporter] ?? [] where old != number {
            let key = SessionKey(principal: exporter.principal, instance: exporter.instance, incarnation: old)
            guard var value = incarnations[key], value.knownUntilNanoseconds <= next.firstNanoseconds else { continue }
            value.successorNanoseconds = next.firstNanoseconds
            set(value, for: key)
        }
    }

    /// Takes note that no session has a connection: the collector has just started, at `nanoseconds`.
    mutating func disconnectAll(at nanoseconds: UInt64) {
        var lost: [(SessionKey, Incarnation)] = []
        incarnations.forEach { key, value in
            if !value.isClosed,
                (value.disconnectedNanoseconds ?? 0) < value.lastNanoseconds
                    || value.disconnectedNanoseconds == nil
            {
                lost.append((key, value))
            }
        }
        for (key, value) in lost {
            var value = value
            value.disconnectedNanoseconds = max(nanoseconds, value.lastNanoseconds)
            set(value, for: key)
        }
    }

    mutating func note(_ record: GapRecord) {
        if case .loss(let loss) = record.kind, merge(loss, of: record) { return }
        append(record)
    }

    private mutating func append(_ record: GapRecord) {
        if case .corruption = record.kind { damageCount += 1 }
        notes.append(record)
    }

    private mutating func merge(_ loss: LossRecord, of record: GapRecord) -> Bool {
        guard notes.count > settledNotes, var last = notes.last, last.session == record.session,
            case .loss(var known) = last.kind, known.reason == loss.reason,
            loss.firstNanoseconds <= known.lastNanoseconds.addingOrMax(LedgerState.mergeNanoseconds)
        else { return false }
        known.merge(loss)
        last.kind = .loss(known)
        last.fromNanoseconds = min(last.fromNanoseconds, record.fromNanoseconds)
        last.toNanoseconds = max(last.toNanoseconds, record.toNanoseconds)
        notes.widenLast(last)
        return true
    }

    /// What changed since the last call.
    mutating func takeDelta() -> Delta {
        let delta = Delta(
            incarnations: changed.compactMap { key in incarnations[key].map { (key, $0) } },
            notes: notes.suffix(from: settledNotes))
        changed.removeAll()
        settledNotes = notes.count
        fold()
        return delta
    }

    /// Everything, as one delta to an empty ledger.
    var whole: Delta {
        var delta = Delta(notes: notes.suffix(from: 0))
        delta.incarnations.reserveCapacity(incarnations.count)
        incarnations.forEach { key, value in delta.incarnations.append((key, value)) }
        return delta
    }

    /// Adds what was committed. It counts as committed. `isLater` is whether the commit goes beyond the ones before it;
    /// where it does not, notes that are there already are the same commit's, read once more.
    mutating func apply(committed delta: Delta, isLater: Bool) {
        for (key, value) in delta.incarnations.sorted(by: { $0.value.firstNanoseconds < $1.value.firstNanoseconds }) {
            set(value, for: key)
        }
        let known = max(0, notes.count - delta.notes.count)
        if isLater || notes.suffix(from: known) != delta.notes {
            for note in delta.notes { append(note) }
        }
        changed.removeAll()
        settledNotes = notes.count
        fold()
    }

    /// Forgets lives that have nothing to say any more.
    private mutating func fold() {
        let folded = folding.take(from: incarnations, keeping: changed)
        if folded.isEmpty { return }
        for key in folded {
            missingRuns -= incarnations[key]?.missing.count ?? 0
            unfinished[Exporter(key)]?.remove(key.incarnation)
            if unfinished[Exporter(key)]?.isEmpty == true { unfinished[Exporter(key)] = nil }
        }
        incarnations.remove(folded)
    }
}

extension UInt64 {
    /// The sum, or the greatest number where there is none.
    func addingOrMax(_ other: UInt64) -> UInt64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
