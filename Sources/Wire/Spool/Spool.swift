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

    private struct OpenFile {
        var handle: any File
        var bytes: Int
        var live: Int
        var isSealed: Bool
    }

    private struct State {
        var files: [Int: OpenFile] = [:]
        var nextFile = 0
        var current: Int?
        var bytes = 0
    }

    static let rollBytes = 8 << 20

    private let directory: String
    private let files: any FileSystem
    private let incarnation: UInt64
    private let instance: String
    private let lock: any FileLock
    private let state = Mutex(State())

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
            state.withLock { state in
                if let current = state.current { state.files[current]?.isSealed = true }
                state.current = nil
            }
            for location in locations { release(location) }
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
            try? handle.close()
            try? files.remove(path)
            throw error
        }
        state.withLock { state in
            state.files[next] = OpenFile(handle: handle, bytes: header.count, live: 0, isSealed: false)
            state.current = next
            state.bytes += header.count
        }
        return next
    }

    /// The content at a location; `nil` when it did not survive.
    func read(_ location: Location) -> WireSubmission.Content? {
        guard let handle = state.withLock({ $0.files[location.file]?.handle }),
            let payload = try? SpoolReader.payload(handle, offset: location.offset, bytes: location.bytes)
        else { return nil }
        return SpoolReader.content(kind: location.kind, payload)
    }

    /// The batch at a location is acknowledged. Unlinks the file with its last one.
    func release(_ location: Location) {
        let done = state.withLock { state -> (any File)? in
            guard var file = state.files[location.file] else { return nil }
            file.live -= 1
            state.files[location.file] = file
            guard file.live <= 0 else { return nil }
            state.files[location.file] = nil
            if state.current == location.file { state.current = nil }
            state.bytes -= file.bytes
            return file.handle
        }
        guard let done else { return }
        // A file that stays is found again at the next start, and what is in it is stored once all the same.
        try? done.close()
        try? files.remove(done.path)
    }

    /// Notes the incarnation's last sequence beside what is still spooled.
    func close(lastSequence: UInt64) {
        let hasLive = state.withLock { state in state.files.values.contains { $0.live > 0 } }
        if hasLive {
            let empty = UnsafeRawBufferPointer(start: nil, count: 0)
            let record = SpoolFormat.record(
                kind: SpoolRecordKind.close, sequence: lastSequence, spans: 0, first: 0, last: 0, payload: empty)
            // Without it the tail counts as unknown, which is the truth a reader can rely on.
            _ = try? append([(SpoolRecordKind.close, record)])
        }
        lock.unlock()
    }

    /// What earlier incarnations left, oldest file name first. Call once, before anything is appended.
    /// `damaged` is told of bytes that could not be read: a torn tail, or worse.
    func recover(damaged: (String) -> Void) throws(FileError) -> [Leftover] {
        var byIncarnation: [UInt64: Leftover] = [:]
        var order: [UInt64] = []
        for name in try files.list(directory) where name.hasSuffix(".spool") {
            let path = directory + "/" + name
            let handle = try files.openForReading(path)
            guard let header = try SpoolReader.header(handle), header.incarnation != incarnation else {
                // Torn before its first record was durable: nothing was ever accepted on its strength.
                if try handle.size() <= SpoolFormat.maximumHeaderBytes {
                    try files.remove(path)
                } else {
                    damaged("\(path) does not start with a spool header of version \(SpoolFormat.version)")
                }
                try handle.close()
                continue
            }
            let records = try SpoolReader.records(handle, from: header.bytes)
            let whole = records.last.map { $0.offset + $0.bytes } ?? header.bytes
            let size = try handle.size()
            if whole < size { damaged("\(path) cannot be read beyond byte \(whole) of \(size)") }
            let batches = records.filter { $0.kind != SpoolRecordKind.close }
            if batches.isEmpty {
                try handle.close()
                try files.remove(path)
                continue
            }
            let number = state.withLock { state in
                let number = state.nextFile
                state.nextFile += 1
                state.files[number] = OpenFile(handle: handle, bytes: size, live: batches.count, isSealed: true)
                state.bytes += size
                return number
            }
            if byIncarnation[header.incarnation] == nil { order.append(header.incarnation) }
            var leftover =
                byIncarnation[header.incarnation]
                ?? Leftover(incarnation: header.incarnation, instance: header.instance, entries: [])
            for record in records {
                if record.kind == SpoolRecordKind.close {
                    leftover.lastSequence = record.sequence
                    continue
                }
                let location = Location(
                    file: number, offset: record.offset, bytes: record.bytes, kind: record.kind)
                leftover.entries.append(
                    Leftover.Entry(
                        sequence: record.sequence, spans: record.spans, first: record.first, last: record.last,
                        location: location))
            }
            byIncarnation[header.incarnation] = leftover
        }
        return order.compactMap { incarnation in
            guard var leftover = byIncarnation[incarnation] else { return nil }
            leftover.entries.sort { $0.sequence < $1.sequence }
            var unique: [Leftover.Entry] = []
            for entry in leftover.entries {
                if unique.last?.sequence == entry.sequence { release(entry.location) } else { unique.append(entry) }
            }
            leftover.entries = unique
            return leftover
        }
    }
}
