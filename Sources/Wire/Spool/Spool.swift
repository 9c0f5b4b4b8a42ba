import Files
import Synchronization
import Telemetry

/// Append-only files of batches that wait for a collector. All methods block and belong on the spool's own thread; a
/// file is unlinked when nothing in it is needed any more.
final class Spool: Sendable {
    /// Where a batch lies.
    struct Location: Sendable, Hashable {
        var file: Int
        var offset: Int
        var bytes: Int
        var kind: UInt8
    }

    /// What an earlier incarnation left.
    struct Leftover: Sendable {
        struct Entry: Sendable {
            var sequence: UInt64
            var spans: UInt32
            var first: UInt64
            var last: UInt64
            var location: Location
        }

        var incarnation: UInt64
        var instance: String
        /// By sequence, each once.
        var entries: [Entry]
        /// The incarnation's last sequence, when it ended in order.
        var lastSequence: UInt64?
    }

    struct OpenFile {
        var handle: any File
        var bytes: Int
        var live: Int
        var isSealed: Bool
    }

    struct State {
        var files: [Int: OpenFile] = [:]
        /// What could not be done and nothing depended on: one sentence each, a few at most.
        var problems: [String] = []
        var nextFile = 0
        var current: Int?
        var bytes = 0
    }

    static let rollBytes = 8 << 20

    let directory: String
    let files: any FileSystem
    let incarnation: UInt64
    private let instance: String
    private let lock: any FileLock
    let state = Mutex(State())

    init(directory: String, incarnation: UInt64, instance: String, files: any FileSystem) throws(FileError) {
        self.directory = directory
        self.files = files
        self.incarnation = incarnation
        self.instance = instance
        try files.makeDirectories(directory)
        lock = try files.lock(directory + "/LOCK")
    }

    /// Bytes on disk now.
    var byteCount: Int { state.withLock { $0.bytes } }

    /// Appends records and makes them durable together; a batch may only be forgotten by memory afterwards.
    func append(_ records: [(kind: UInt8, bytes: [UInt8])]) throws(FileError) -> [Location] {
        var locations: [Location] = []
        var touched: Set<Int> = []
        do throws(FileError) {
            for record in records {
                let number = try currentFile()
                guard let file = state.withLock({ $0.files[number] }) else { continue }
                try file.handle.append(record.bytes)
                state.withLock { state in
                    state.files[number]?.bytes += record.bytes.count
                    state.files[number]?.live += 1
                    state.bytes += record.bytes.count
                }
                locations.append(
                    Location(file: number, offset: file.bytes, bytes: record.bytes.count, kind: record.kind))
                touched.insert(number)
            }
            for number in touched { try state.withLock({ $0.files[number]?.handle })?.sync() }
            return locations
        } catch {
            // The end of the file may be torn: nothing is appended to it again.
            let torn = state.withLock { state in
                defer { state.current = nil }
                if let current = state.current { state.files[current]?.isSealed = true }
                return state.current
            }
            for location in locations { release(location) }
            if let torn { discardIfUnused(torn) }
            throw error
        }
    }

    private func currentFile() throws(FileError) -> Int {
        let (current, next) = state.withLock { state -> (Int?, Int) in
            if let current = state.current, let file = state.files[current] {
                if file.bytes < Spool.rollBytes { return (current, state.nextFile) }
                state.files[current]?.isSealed = true
                state.current = nil
            }
            state.nextFile += 1
            return (nil, state.nextFile - 1)
        }
        if let current { return current }
        let path = directory + "/" + Hex.string(incarnation) + "-" + Hex.string(UInt64(next)) + ".spool"
        let handle = try files.create(path)
        let header = SpoolFormat.header(incarnation: incarnation, instance: instance)
        do throws(FileError) {
            try handle.append(header)
            try files.syncDirectory(directory)
        } catch {
            discard(handle)
            throw error
        }
        state.withLock { state in
            state.files[next] = OpenFile(handle: handle, bytes: header.count, live: 0, isSealed: false)
            state.current = next
            state.bytes += header.count
        }
        return next
    }

    /// The content at a location; throws why it did not survive.
    func read(_ location: Location) throws(SpoolDamage) -> WireSubmission.Content {
        guard let handle = state.withLock({ $0.files[location.file]?.handle }) else {
            throw SpoolDamage("the spool's file \(location.file) is gone")
        }
        let place = "\(handle.path) at byte \(location.offset)"
        let payload: [UInt8]?
        do throws(FileError) {
            payload = try SpoolReader.payload(handle, offset: location.offset, bytes: location.bytes)
        } catch { throw SpoolDamage(error.description) }
        guard let payload else { throw SpoolDamage("\(place): the record's checksum does not fit") }
        do throws(WireError) { return try SpoolReader.content(kind: location.kind, payload) } catch {
            throw SpoolDamage("\(place): \(error)")
        }
    }

    /// What went wrong since the last call in things that nothing depended on.
    func takeProblems() -> [String] {
        state.withLock { state in
            defer { state.problems = [] }
            return state.problems
        }
    }

    /// The batch at a location is acknowledged. Unlinks the file with its last one.
    func release(_ location: Location) {
        state.withLock { $0.files[location.file]?.live -= 1 }
        discardIfUnused(location.file)
    }

    private func discardIfUnused(_ number: Int) {
        let done = state.withLock { state -> (any File)? in
            guard let file = state.files[number], file.live <= 0 else { return nil }
            state.files[number] = nil
            if state.current == number { state.current = nil }
            state.bytes -= file.bytes
            return file.handle
        }
        if let done { discard(done) }
    }

    /// Closes and unlinks. A file that stays is found again at the next start, and what is in it is stored once all the
    /// same.
    func discard(_ file: any File) {
        attempt { () throws(FileError) in try file.close() }
        attempt { () throws(FileError) in try files.remove(file.path) }
    }

    /// Does what the spool can go on without, and keeps the reason when it fails.
    func attempt(_ body: () throws(FileError) -> Void) {
        do throws(FileError) { try body() } catch {
            state.withLock { if $0.problems.count < 16 { $0.problems.append(error.description) } }
        }
    }

    /// Notes the incarnation's last sequence beside what is still spooled.
    func close(lastSequence: UInt64) {
        let hasLive = state.withLock { state in state.files.values.contains { $0.live > 0 } }
        if hasLive {
            let empty = UnsafeRawBufferPointer(start: nil, count: 0)
            let record = SpoolFormat.record(
                kind: SpoolRecordKind.close, sequence: lastSequence, spans: 0, first: 0, last: 0, payload: empty)
            // Without it the tail counts as unknown, which is the truth a reader can rely on.
            attempt { () throws(FileError) in _ = try append([(SpoolRecordKind.close, record)]) }
        }
        lock.unlock()
    }
}
