import Files

/// The commit point: numbered files, each a snapshot and the commits after it. The highest whole one counts.
struct ManifestFile: ~Copyable, Sendable {
    static let recordType: UInt8 = 2
    static let maximumFileBytes = 1 << 30
    /// A file this much longer than its snapshot is replaced by a new snapshot.
    static let rewriteFactor = 4
    static let rewriteFromBytes = 4 << 20

    static func name(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".manifest"
    }

    static func number(_ name: String) -> UInt64? {
        name.hasSuffix(".manifest") ? UInt64(name.dropLast(9)) : nil
    }

    private let files: any FileSystem
    private let directory: String
    private let storeID: StoreID
    private let epoch: UInt64
    private var file: (any File)?
    private var number: UInt64
    private var end = 0
    private var snapshotEnd = 0
    private var scratch = PackedWriter()

    /// Reads what is committed; empty when there is no manifest yet. With `settling`, which is for the owner of the
    /// directory alone, what was read is durable when this returns: files are removed on the strength of it.
    static func read(
        files: any FileSystem, directory: String, storeID: StoreID, epoch: UInt64, settling: Bool = false
    ) throws(StoreError) -> (state: ManifestState, number: UInt64) {
        let numbers: [UInt64]
        do throws(FileError) { numbers = try files.list(directory).compactMap { number($0) }.sorted() } catch {
            throw StoreError(error)
        }
        for number in numbers.reversed() {
            let path = directory + "/" + name(number)
            let bytes: [UInt8]
            do throws(FileError) { bytes = try files.readAll(path, limit: maximumFileBytes) } catch {
                throw StoreError(error)
            }
            switch bytes.withUnsafeBytes({ FileHeader.read($0, .manifest) }) {
            case .newer(let version): throw .newer(version, known: FileHeader.Magic.manifest.version, path: path)
            case .header(let header) where header.storeID != storeID || header.epoch > epoch:
                throw .foreign(path: path)
            case .header(let header):
                guard let state = try state(bytes, version: header.version, path: path) else { break }
                if !settling { return (state, numbers.last!) }
                do throws(FileError) {
                    try files.rewrite(path, bytes, at: 0)
                    try files.syncDirectory(directory)
                } catch { throw StoreError(error) }
                return (state, numbers.last!)
            case .damaged: break
            }
            // A snapshot that was cut short while it was written: its predecessor is still there and counts.
            // Only the very first snapshot has none; it says that nothing is stored.
            if number == numbers.first {
                if number == 1, bytes.withUnsafeBytes({ Frame.find($0, from: 0) }) == nil {
                    return (ManifestState(), 1)
                }
                throw StoreError(
                    .corrupt, "the manifest has no whole snapshot, and there is no earlier one", path: path)
            }
        }
        return (ManifestState(), 0)
    }

    /// `nil` when the first record, the snapshot, is not whole.
    private static func state(_ bytes: [UInt8], version: UInt32, path: String) throws(StoreError) -> ManifestState? {
        var state = ManifestState()
        var offset = FileHeader.byteCount
        while true {
            let start = offset
            // Every record is there twice: what is damaged is passed over, and its twin counts.
            guard let (at, found) = bytes.withUnsafeBytes({ Frame.find($0, from: start) }) else { break }
            let isFirst = offset == FileHeader.byteCount
            if isFirst, at > offset, found.durableBefore > 0 { return nil }
            let next: ManifestCommit
            do throws(StoreError) {
                next = try commit(found, of: bytes, version: version, after: state)
            } catch {
                throw StoreError(.corrupt, "the manifest's record at byte \(at) has \(error.message)", path: path)
            }
            if !isFirst, next.serial > state.serial + 1 {
                let found = "the manifest is damaged at byte \(offset)"
                throw StoreError(
                    .corrupt, "\(found): commit \(next.serial) follows, and \(state.serial + 1) is missing", path: path)
            }
            state.apply(next)
            offset = found.end
        }
        return offset > FileHeader.byteCount ? state : nil
    }

    private static func commit(
        _ found: Frame.Found, of bytes: [UInt8], version: UInt32, after state: ManifestState
    ) throws(StoreError) -> ManifestCommit {
        if version > 1 {
            return try Frame.decode(found, of: bytes) { reader throws(StoreError) in try reader.commit(version: version)
            }
        }
        var commit = try Frame.decode(found, of: bytes) { reader throws(StoreError) in
            try reader.firstVersionCommit(serial: state.serial + 1)
        }
        // Its commits have no serial number; its numbers were never used twice.
        commit.addedSegments.removeAll { state.segments[$0.number] != nil }
        commit.addedRuns.removeAll { state.runs[$0.number] != nil }
        return commit
    }

    init(files: any FileSystem, directory: String, storeID: StoreID, epoch: UInt64, after number: UInt64) {
        self.files = files
        self.directory = directory
        self.storeID = storeID
        self.epoch = epoch
        self.number = number
    }

    /// Whether the next commit must be a snapshot: nothing written yet, an earlier write failed, or the file is long.
    var needsSnapshot: Bool {
        file == nil || end > max(ManifestFile.rewriteFromBytes, snapshotEnd * ManifestFile.rewriteFactor)
    }

    /// Starts a new file that says all of `state`, durable, and removes the ones before.
    ///
    /// - Returns: why a file before could not be removed. It counts no more, and the next snapshot tries again; `state`
    ///   is committed all the same.
    mutating func writeSnapshot(_ state: ManifestState) throws(StoreError) -> StoreError? {
        number += 1
        let header = FileHeader(storeID: storeID, epoch: epoch, number: number)
        var output = PackedWriter()
        for byte in header.bytes(.manifest) { output.append(byte) }
        try append(state.whole, durableBefore: 0, to: &output)
        let path = directory + "/" + ManifestFile.name(number)
        do throws(FileError) {
            let created = try files.create(path)
            try created.append(output.bytes)
            try created.sync()
            try files.syncDirectory(directory)
            file = created
            end = output.count
            snapshotEnd = output.count
        } catch { throw StoreError(error) }
        do throws(FileError) {
            for name in try files.list(directory) {
                guard let old = ManifestFile.number(name), old < number else { continue }
                try files.remove(directory + "/" + name)
            }
        } catch { return StoreError(error) }
        return nil
    }

    /// Appends a commit, durable. After an error it may be there or not: `writeSnapshot` settles it.
    mutating func append(_ commit: ManifestCommit) throws(StoreError) {
        guard let file else { throw StoreError(.failed, "the manifest has no snapshot to append to") }
        var output = PackedWriter()
        try append(commit, durableBefore: end, to: &output)
        do throws(FileError) {
            try file.append(output.bytes)
            try file.sync()
            end += output.count
        } catch {
            self.file = nil
            throw StoreError(error)
        }
    }

    /// Twice, so that a bit that turns in one costs nothing: what comes last in the file could not be told from a write
    /// that was cut short.
    private mutating func append(
        _ commit: ManifestCommit, durableBefore: Int, to output: inout PackedWriter
    ) throws(StoreError) {
        for _ in 0..<2 {
            try Frame.append(
                type: ManifestFile.recordType, durableBefore: durableBefore, to: &output, scratch: &scratch
            ) { $0.append(commit: commit) }
        }
    }
}
