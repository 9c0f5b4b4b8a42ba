import Files

/// The history of holds in a data directory, shared by the collector that owns the directory and by commands that run
/// beside it.
///
///     holds/lock           held by whoever changes the history, or removes data by what it says
///     holds/N.hold         record N, numbered from 1 without gaps, so that a lost one is noticed
///     holds/N.unfinished   there while record N is being written: until it is gone nobody was told that N stands
///
/// A record that is damaged or missing is an error of every method that reads: it may be a hold, and to lose a hold is
/// worse than to keep data.
package struct HoldDirectory: Sendable {
    /// How a release ended.
    package enum Released: Sendable, Hashable {
        case released(Hold)
        /// It was released before, as the hold says.
        case wasReleased(Hold)
        case unknown
    }

    static let name = "holds"
    static let maximumRecords: UInt64 = 1_000_000
    /// How long to wait for whoever holds the lock.
    package static let patienceNanoseconds: UInt64 = 10_000_000_000
    private static let pauseMicroseconds: UInt32 = 20_000

    private let data: String
    private let files: any FileSystem
    private let patience: UInt64

    private var path: String { data + "/" + HoldDirectory.name }

    /// - Parameters:
    ///   - path: the data directory.
    ///   - patience: how long to wait for whoever holds the lock, in nanoseconds.
    package init(path: String, files: any FileSystem, patience: UInt64 = patienceNanoseconds) {
        data = path
        self.files = files
        self.patience = patience
    }

    /// Places a hold; durable when it returns, and seen by every removal that is decided from then on.
    package func place(
        _ subject: Hold.Subject, reason: String, by name: String, now: UInt64? = nil
    ) throws(StoreError) -> Hold {
        try HoldRecord.check(subject)
        try HoldRecord.check(reason: reason, by: name)
        return try locked { identity, history throws(StoreError) in
            var generator = SystemRandomNumberGenerator()
            var id = HoldID.random(using: &generator)
            while history.places[id] != nil { id = HoldID.random(using: &generator) }
            let hold = Hold(
                id: id, subject: subject, reason: reason, placedBy: name,
                placedNanoseconds: now ?? WallClock.nanoseconds())
            try append(.placed(hold), number: history.next, identity)
            return hold
        }
    }

    /// Releases the hold `id`, however it is typed; durable when it returns.
    package func release(
        _ id: String, reason: String, by name: String, now: UInt64? = nil
    ) throws(StoreError) -> Released {
        try HoldRecord.check(reason: reason, by: name)
        let id = HoldID.normalise(id)
        return try locked { identity, history throws(StoreError) in
            guard var hold = history.holds.first(where: { $0.id == id }) else { return .unknown }
            if hold.release != nil { return .wasReleased(hold) }
            let release = Hold.Release(
                reason: reason, releasedBy: name, releasedNanoseconds: now ?? WallClock.nanoseconds())
            try append(.released(id: id, release), number: history.next, identity)
            hold.release = release
            return .released(hold)
        }
    }

    /// Every hold that was ever placed, in the order of placing. Needs no lock.
    package func all() throws(StoreError) -> [Hold] {
        try history(try StoreIdentity.read(data, files: files)).holds
    }

    /// The holds in force. Needs no lock.
    package func active() throws(StoreError) -> [Hold] { try all().filter(\.isActive) }

    /// Calls `body` with the holds in force, and lets nobody place or release one until it returns. What is removed
    /// must be decided and committed inside.
    ///
    /// - Parameter keep: is given the lock after an error of `body`, and returns whether it keeps it: as long as a removal
    ///   may have become durable or not, no hold may be placed that it would pass.
    package func whileLocked<R>(
        _ body: ([Hold]) throws(StoreError) -> R, keep: (any FileLock) -> Bool = { _ in false }
    ) throws(StoreError) -> R {
        let identity = try StoreIdentity.read(data, files: files)
        let lock = try takeLock()
        var isKept = false
        defer { if !isKept { lock.unlock() } }
        try sweep(identity)
        let holds = try history(identity).holds.filter(\.isActive)
        do throws(StoreError) { return try body(holds) } catch {
            isKept = keep(lock)
            throw error
        }
    }

    /// The bytes of every record at one moment, damaged or not, by their paths in the data directory: for a backup. A
    /// record whose writing was cut short is in it when it is whole, as it is among the holds then.
    func recordFiles(_ identity: StoreIdentity) throws(StoreError) -> [(path: String, bytes: [UInt8])] {
        guard try StoreError.from({ () throws(FileError) in try files.exists(path) }) else { return [] }
        let lock = try takeLock()
        defer { lock.unlock() }
        let listing = try list()
        var found: [(path: String, bytes: [UInt8])] = []
        for number in listing.records.sorted() {
            if listing.unfinished.contains(number), try readUnfinished(number, identity) == nil { continue }
            let bytes = try StoreError.from { () throws(FileError) in
                try files.readAll(recordPath(number), limit: HoldRecord.maximumFileBytes)
            }
            found.append((HoldDirectory.name + "/" + HoldDirectory.fileName(number), bytes))
        }
        return found
    }

    private struct History {
        var holds: [Hold] = []
        /// Where in `holds` each id is.
        var places: [String: Int] = [:]
        /// The number of the next record.
        var next: UInt64 = 1
    }

    private func locked<R>(_ body: (StoreIdentity, History) throws(StoreError) -> R) throws(StoreError) -> R {
        let identity = try StoreIdentity.read(data, files: files)
        let lock = try takeLock()
        defer { lock.unlock() }
        try sweep(identity)
        return try body(identity, try history(identity))
    }

    private func takeLock() throws(StoreError) -> any FileLock {
        let deadline = MonotonicClock.nanoseconds() + patience
        do throws(FileError) {
            try files.makeDirectories(path)
            while true {
                do throws(FileError) {
                    return try files.lock(path + "/lock")
                } catch {
                    guard error.isLocked, MonotonicClock.nanoseconds() < deadline else { throw error }
                    ShortPause.microseconds(HoldDirectory.pauseMicroseconds)
                }
            }
        } catch { throw StoreError(error) }
    }

    /// Writes a record: its bytes are durable before the mark that it is unfinished goes.
    private func append(_ record: HoldRecord, number: UInt64, _ identity: StoreIdentity) throws(StoreError) {
        guard number <= HoldDirectory.maximumRecords else {
            throw StoreError(
                .limit, "there are \(HoldDirectory.maximumRecords) hold records, and no more may be", path: path)
        }
        let bytes = try record.bytes(identity, number: number)
        do throws(FileError) {
            let mark = try files.create(unfinishedPath(number))
            try mark.close()
            try files.syncDirectory(path)
            let file = try files.create(recordPath(number))
            try file.append(bytes)
            try file.sync()
            try file.close()
            try files.syncDirectory(path)
            try files.remove(unfinishedPath(number))
            try files.syncDirectory(path)
        } catch { throw StoreError(error) }
    }

    /// Ends what a killed command began: a record that is whole stands, any other was promised to nobody.
    private func sweep(_ identity: StoreIdentity) throws(StoreError) {
        let listing = try list()
        if listing.unfinished.isEmpty { return }
        for number in listing.unfinished.sorted() {
            let isThere = listing.records.contains(number)
            let isTorn = isThere ? try readUnfinished(number, identity) == nil : false
            do throws(FileError) {
                if isThere, !isTorn {
                    // It may be whole in the cache alone.
                    let record = try files.readAll(recordPath(number), limit: HoldRecord.maximumFileBytes)
                    try files.rewrite(recordPath(number), record, at: 0)
                    try files.syncDirectory(path)
                }
                if isTorn {
                    try files.remove(recordPath(number))
                    try files.syncDirectory(path)
                }
                try files.remove(unfinishedPath(number))
                try files.syncDirectory(path)
            } catch { throw StoreError(error) }
        }
    }

    private func history(_ identity: StoreIdentity) throws(StoreError) -> History {
        try history(identity) { error throws(StoreError) in throw error }
    }

    /// Every hold that can be read, and all that is wrong with the others: for whoever checks the whole store.
    func examine(_ identity: StoreIdentity) -> (holds: [Hold], errors: [StoreError]) {
        var errors: [StoreError] = []
        do throws(StoreError) {
            let history = try history(identity) { errors.append($0) }
            return (history.holds, errors)
        } catch { return ([], errors + [error]) }
    }

    /// Reads all records; `problem` is told of each that is missing or damaged.
    private func history(
        _ identity: StoreIdentity, _ problem: (StoreError) throws(StoreError) -> Void
    ) throws(StoreError) -> History {
        let listing = try list()
        var history = History()
        for number in listing.records.sorted() {
            while history.next < number {
                try problem(missing(history.next))
                history.next += 1
            }
            do throws(StoreError) {
                let isUnfinished = listing.unfinished.contains(number)
                let record = isUnfinished ? try readUnfinished(number, identity) : try read(number, identity)
                guard let record else { continue }
                history.next = number + 1
                try add(record, number, to: &history)
            } catch {
                history.next = number + 1
                try problem(error)
            }
        }
        return history
    }

    private func add(_ record: HoldRecord, _ number: UInt64, to history: inout History) throws(StoreError) {
        switch record {
        case .placed(let hold):
            guard history.places.updateValue(history.holds.count, forKey: hold.id) == nil else {
                throw StoreError(.corrupt, "it places the hold \(hold.id) a second time", path: recordPath(number))
            }
            history.holds.append(hold)
        case .released(let id, let release):
            guard let place = history.places[id], history.holds[place].isActive else {
                throw StoreError(.corrupt, "it releases \(id), which is no hold in force", path: recordPath(number))
            }
            history.holds[place].release = release
        }
    }

    private func missing(_ number: UInt64) -> StoreError {
        StoreError(
            .corrupt, "the hold file is missing; no data may be removed until it is back from a backup",
            path: recordPath(number))
    }

    /// A record whose mark is still there; `nil` when it is not whole.
    private func readUnfinished(_ number: UInt64, _ identity: StoreIdentity) throws(StoreError) -> HoldRecord? {
        do throws(StoreError) { return try read(number, identity) } catch  where error.code == .corrupt { return nil }
    }

    private func read(_ number: UInt64, _ identity: StoreIdentity) throws(StoreError) -> HoldRecord {
        let path = recordPath(number)
        let bytes: [UInt8]
        do throws(FileError) { bytes = try files.readAll(path, limit: HoldRecord.maximumFileBytes) } catch {
            throw StoreError(error)
        }
        return try HoldRecord.decode(bytes, identity, number: number, path: path)
    }

    /// The numbers of the records, and of those that are being written.
    private func list() throws(StoreError) -> (records: Set<UInt64>, unfinished: Set<UInt64>) {
        let names: [String]
        do throws(FileError) {
            guard try files.exists(path) else { return ([], []) }
            names = try files.list(path)
        } catch { throw StoreError(error) }
        return (
            Set(names.compactMap { HoldDirectory.number($0, suffix: HoldDirectory.recordSuffix) }),
            Set(names.compactMap { HoldDirectory.number($0, suffix: HoldDirectory.unfinishedSuffix) })
        )
    }

    /// Whether a file of that name belongs into the directory.
    static func isName(_ name: String) -> Bool {
        name == "lock" || number(name, suffix: recordSuffix) != nil || number(name, suffix: unfinishedSuffix) != nil
    }

    static let recordSuffix = ".hold"
    static let unfinishedSuffix = ".unfinished"

    static func fileName(_ number: UInt64, suffix: String = recordSuffix) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits + suffix
    }

    /// The number in a name made by `fileName`.
    static func number(_ name: String, suffix: String) -> UInt64? {
        guard name.hasSuffix(suffix), let number = UInt64(name.dropLast(suffix.count)), number > 0,
            fileName(number, suffix: suffix) == name
        else { return nil }
        return number
    }

    private func recordPath(_ number: UInt64) -> String { path + "/" + HoldDirectory.fileName(number) }

    private func unfinishedPath(_ number: UInt64) -> String {
        path + "/" + HoldDirectory.fileName(number, suffix: HoldDirectory.unfinishedSuffix)
    }
}
