import Files

/// Appends groups of records to numbered files, each group durable before `append` returns. Used by one thread.
struct LogWriter: ~Copyable {
    /// Files are named by 8 digits, so that their names sort as their numbers do.
    static func name(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".wal"
    }

    /// The number that `name` stands for.
    static func number(_ name: String) -> UInt64? {
        name.hasSuffix(".wal") ? UInt64(name.dropLast(4)) : nil
    }

    private let files: any FileSystem
    private let directory: String
    private let storeID: StoreID
    private let epoch: UInt64
    private let maximumFileBytes: Int
    private var file: (any File)?
    /// The number of the open file, or of the last one.
    private(set) var number: UInt64
    /// How many bytes of that file count, and how many were durable for certain.
    private(set) var end: Int
    private var durable: Int
    /// Numbers used up by files that could be neither begun nor removed.
    private var skipped: UInt64 = 0
    private var scratch = PackedWriter()
    private var group = PackedWriter(capacity: 1 << 20)

    /// Goes on after what recovery found.
    init(
        files: any FileSystem, directory: String, storeID: StoreID, epoch: UInt64, after recovered: LogReader.Summary,
        maximumFileBytes: Int
    ) {
        self.files = files
        self.directory = directory
        self.storeID = storeID
        self.epoch = epoch
        number = recovered.lastNumber
        end = recovered.lastEnd
        durable = recovered.lastDurable
        // Offsets in records have 32 bits.
        self.maximumFileBytes = min(maximumFileBytes, 1 << 30)
    }

    /// Bytes of the group so far.
    var groupBytes: Int { group.count }

    /// Adds a record to the group. A record that is too large is left out, with the error.
    mutating func add(_ record: borrowing LogRecord) throws(StoreError) {
        if group.count == 0 { rotateIfFull() }
        // Of a file that is not there yet nothing is durable, and its header not before its first group.
        let start = file == nil ? 0 : durable
        let type = record.type
        try Frame.append(type: type, durableBefore: start, to: &group, scratch: &scratch) { writer in
            writer.append(record: record)
        }
    }

    /// Takes the records of the group from byte `mark` on out again.
    mutating func discard(from mark: Int) { group.cut(to: mark) }

    /// Writes the group and makes it durable; forgets it either way.
    ///
    /// - Returns: nanoseconds that the fsync took.
    /// - Throws: `.failed` after a failed fsync: nothing may be acknowledged any more. Any other error leaves the log
    ///   as it was before the group.
    mutating func commit() throws(StoreError) -> UInt64 {
        defer { group.removeAll() }
        let file: any File
        do throws(FileError) { file = try open() } catch { throw StoreError(error) }
        do throws(FileError) {
            try file.append(group.bytes)
        } catch {
            takeBack(file)
            throw StoreError(error)
        }
        let started = MonotonicClock.nanoseconds()
        do throws(FileError) {
            try file.sync()
        } catch {
            throw StoreError(
                .failed, "\(error.description); nothing can be acknowledged until the store is opened again")
        }
        end += group.count
        durable = end
        return MonotonicClock.nanoseconds() - started
    }

    /// Closes the file: the next group starts a new one. Returns the number of the closed one.
    mutating func rotate() -> UInt64 {
        // Everything in it is durable; an error in closing changes nothing about that.
        try? file?.close()
        file = nil
        return number
    }

    private mutating func rotateIfFull() {
        if file != nil, end >= maximumFileBytes { _ = rotate() }
    }

    /// Undoes a write that did not succeed; where that fails too, the file is given up and its successor says where
    /// it ends.
    private mutating func takeBack(_ file: any File) {
        do throws(FileError) { try file.truncate(to: end) } catch { _ = rotate() }
    }

    private mutating func open() throws(FileError) -> any File {
        if let file { return file }
        let header = FileHeader(
            storeID: storeID, epoch: epoch, number: number + 1 + skipped, previousNumber: number,
            previousEnd: UInt64(end),
            previousDurable: UInt64(durable))
        let path = directory + "/" + LogWriter.name(header.number)
        let created = try files.create(path)
        do throws(FileError) {
            try created.append(header.bytes(.log))
            try files.syncDirectory(directory)
        } catch {
            // Without its header the file holds nothing; recovery ignores it, should it still be there.
            do throws(FileError) { try files.remove(path) } catch { skipped += 1 }
            throw error
        }
        number = header.number
        skipped = 0
        end = FileHeader.byteCount
        durable = 0
        file = created
        return created
    }
}
