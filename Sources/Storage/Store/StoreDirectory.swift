import Files

/// The layout of a data directory, its identity and its lock.
///
///     identity             store id and epoch
///     lock                 held by the process that owns the directory
///     manifest/N.manifest  what is committed
///     wal/N.wal            what is acknowledged and not sealed yet
///     segments/TENANT/CLASS/YYYY-MM-DD/N.seg
///     index/TENANT/N.idx
struct StoreDirectory: Sendable {
    let path: String
    let files: any FileSystem

    var log: String { path + "/wal" }
    var manifest: String { path + "/manifest" }
    var segments: String { path + "/segments" }
    var index: String { path + "/index" }
    private var identity: String { path + "/identity" }

    /// Makes what is missing and takes the lock.
    func claim() throws(StoreError) -> any FileLock {
        do throws(FileError) {
            try files.makeDirectories(path)
            let lock = try files.lock(path + "/lock")
            for part in [log, manifest, segments, index] { try files.makeDirectories(part) }
            return lock
        } catch  where error.isLocked {
            throw StoreError(.inUse, "the data directory is in use: \(error.message)", path: path)
        } catch { throw StoreError(error) }
    }

    /// The identity, made when the directory is new.
    func claimIdentity() throws(StoreError) -> (storeID: StoreID, epoch: UInt64) {
        if let known = try readIdentity() {
            // The process that made it may have been killed before it was durable.
            do throws(FileError) {
                try files.rewrite(identity, try files.readAll(identity, limit: 4096), at: 0)
                try files.syncDirectory(path)
            } catch { throw StoreError(error) }
            return known
        }
        do throws(FileError) {
            guard try files.exists(identity) else { return try makeIdentity() }
            // A crash in the very first moment leaves a part of it, and nothing else.
            if try isEmpty(log), try isEmpty(manifest) {
                try files.remove(identity)
                return try makeIdentity()
            }
        } catch { throw StoreError(error) }
        throw StoreError(.corrupt, "the store's identity is damaged", path: identity)
    }

    /// The identity; `nil` when there is none that is whole.
    func readIdentity() throws(StoreError) -> (storeID: StoreID, epoch: UInt64)? {
        let bytes: [UInt8]
        do throws(FileError) {
            guard try files.exists(identity) else { return nil }
            bytes = try files.readAll(identity, limit: 4096)
        } catch { throw StoreError(error) }
        switch bytes.withUnsafeBytes({ FileHeader.read($0, .identity) }) {
        case .header(let header): return (header.storeID, header.epoch)
        case .newer(let version): throw .newer(version, path: identity)
        case .damaged: return nil
        }
    }

    private func makeIdentity() throws(FileError) -> (storeID: StoreID, epoch: UInt64) {
        let header = FileHeader(storeID: .random(), epoch: 1)
        let file = try files.create(identity)
        try file.append(header.bytes(.identity))
        try file.sync()
        try file.close()
        try files.syncDirectory(path)
        return (header.storeID, header.epoch)
    }

    private func isEmpty(_ directory: String) throws(FileError) -> Bool { try files.list(directory).isEmpty }

    /// Where the segment of a day goes, relative to the data directory. `day` counts from 1970-01-01.
    static func segmentPath(tenant: String, retentionClass: String, day: UInt32, number: UInt64) -> String {
        "segments/\(tenant)/\(retentionClass)/\(CivilDate(day: day))/\(padded(number)).seg"
    }

    static func indexPath(tenant: String, number: UInt64) -> String { "index/\(tenant)/\(padded(number)).idx" }

    /// What a segment's path says; `nil` for any other path.
    static func place(
        ofSegment path: String
    ) -> (tenant: String, retentionClass: String, day: UInt32, number: UInt64)? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[0] == "segments", isName(parts[1]), isName(parts[2]),
            let day = CivilDate.day(parts[3]), let number = number(of: path),
            segmentPath(tenant: parts[1], retentionClass: parts[2], day: day, number: number) == path
        else { return nil }
        return (parts[1], parts[2], day, number)
    }

    /// The number that a segment's or a run's path ends with; `nil` for the path of anything else.
    static func number(of path: String) -> UInt64? {
        guard path.hasSuffix(".seg") || path.hasSuffix(".idx") else { return nil }
        let name = path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...].dropLast(4)
        guard name.count >= 8, name.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        return UInt64(name)
    }

    /// Tenants and classes name directories.
    static func isName(_ name: String) -> Bool {
        1...64 ~= name.utf8.count
            && name.utf8.allSatisfy {
                0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || $0 == 0x2D || $0 == 0x5F
            }
    }

    private static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    /// Whether there are log files from number `first` on.
    func hasLog(from first: UInt64) throws(StoreError) -> Bool {
        do throws(FileError) {
            return try files.list(log).contains { LogWriter.number($0).map { $0 >= first } ?? false }
        } catch { throw StoreError(error) }
    }

    /// All segment and index files, relative to the data directory.
    func storedFiles() throws(StoreError) -> [String] {
        var found: [String] = []
        do throws(FileError) {
            try walk("segments", levels: 3, &found)
            // The first version had a level for classes below the tenants.
            try walk("index", levels: 2, &found)
        } catch { throw StoreError(error) }
        return found
    }

    private func walk(_ directory: String, levels: Int, _ found: inout [String]) throws(FileError) {
        for name in try files.list(path + "/" + directory) {
            let entry = directory + "/" + name
            if StoreDirectory.number(of: entry) != nil {
                found.append(entry)
            } else if levels > 0 {
                try walk(entry, levels: levels - 1, &found)
            }
        }
    }

    /// Makes the directory that `path`, relative to the data directory, lies in; returns its whole path.
    func place(_ relative: String) throws(StoreError) -> String {
        let whole = path + "/" + relative
        do throws(FileError) { try files.makeDirectories(SegmentWriter.directory(of: whole)) } catch {
            throw StoreError(error)
        }
        return whole
    }
}
