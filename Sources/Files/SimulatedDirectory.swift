/// The names in a directory: as processes see them, as they are on the platters, and the changes in between.
/// Touched only under the file system's lock.
final class SimulatedDirectory: @unchecked Sendable {
    enum Entry {
        case file(SimulatedInode)
        case directory(SimulatedDirectory)
    }

    /// A name that was made, or, with `nil`, removed.
    struct Change {
        var name: String
        var entry: Entry?
    }

    private(set) var entries: [String: Entry] = [:]
    private var durable: [String: Entry] = [:]
    private var pending: [Change] = []

    init() {}

    /// One whose `entries` are on the platters.
    init(durable entries: [String: Entry]) {
        self.entries = entries
        durable = entries
    }

    private init(entries: [String: Entry], durable: [String: Entry], pending: [Change]) {
        self.entries = entries
        self.durable = durable
        self.pending = pending
    }

    func set(_ name: String, _ entry: Entry?) {
        entries[name] = entry
        pending.append(Change(name: name, entry: entry))
    }

    func sync() {
        for change in pending { durable[change.name] = change.entry }
        pending.removeAll()
    }

    /// Whether a power cut leaves this name as it is.
    func isDurable(_ name: String) -> Bool { !pending.contains { $0.name == name } }

    /// What a power cut leaves: either the first so many changes, or of each name the first so many of its own.
    func survivors(using generator: inout SeededGenerator) -> [String: Entry] {
        if pending.isEmpty { return durable }
        var result = durable
        if Bool.random(using: &generator) {
            for change in pending.prefix(Int.random(in: 0...pending.count, using: &generator)) {
                result[change.name] = change.entry
            }
            return result
        }
        var frozen: Set<String> = []
        for change in pending where !frozen.contains(change.name) {
            if Bool.random(using: &generator) { result[change.name] = change.entry } else { frozen.insert(change.name) }
        }
        return result
    }

    /// The same with every entry replaced by what `body` makes of it.
    func map(_ body: (Entry) -> Entry) -> SimulatedDirectory {
        SimulatedDirectory(
            entries: entries.mapValues(body), durable: durable.mapValues(body),
            pending: pending.map { Change(name: $0.name, entry: $0.entry.map(body)) })
    }
}
