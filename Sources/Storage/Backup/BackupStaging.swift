import Files

/// Second names for the files that a backup copies, inside the data directory: what the store unlinks meanwhile stays
/// there until it is copied.
///
///     backup/lock      held by the backup that is running
///     backup/staged/…  the same paths as in the data directory
struct BackupStaging {
    static let name = "backup"

    let data: String
    private let files: any FileSystem
    private let lock: any FileLock

    var root: String { data + "/" + BackupStaging.name + "/staged" }
    private var directory: String { data + "/" + BackupStaging.name }

    /// Begins: one at a time. What a killed backup left is removed.
    init(data: String, files: any FileSystem) throws(StoreError) {
        self.data = data
        self.files = files
        let directory = data + "/" + BackupStaging.name
        do throws(FileError) {
            try files.makeDirectories(directory)
            lock = try files.lock(directory + "/lock")
        } catch  where error.isLocked {
            throw StoreError(.inUse, "another backup of this store is running: \(error.message)", path: data)
        } catch { throw StoreError(error) }
        try clear()
        try StoreError.from { () throws(FileError) in try files.makeDirectories(root) }
    }

    /// Gives the file `relative` of the data directory its second name; whether it was there.
    func stage(_ relative: String) throws(StoreError) -> Bool {
        let source = data + "/" + relative
        let target = root + "/" + relative
        do throws(FileError) {
            try files.makeDirectories(SegmentWriter.directory(of: target))
            try files.link(source, to: target)
            return true
        } catch  where error.isMissing {
            return false
        } catch  where error.isCrossDevice {
            return try copy(source, to: target)
        } catch { throw StoreError(error) }
    }

    /// Where the file system has no links.
    private func copy(_ source: String, to target: String) throws(StoreError) -> Bool {
        do throws(FileError) {
            let file = try files.openForReading(source)
            _ = try FileCopy.run(file, to: target, files: files, isDurable: false)
            return true
        } catch  where error.isMissing {
            return false
        } catch { throw StoreError(error) }
    }

    /// Removes all that is staged and lets the next backup begin.
    func end() throws(StoreError) {
        defer { lock.unlock() }
        try clear()
    }

    private func clear() throws(StoreError) {
        try StoreError.from { () throws(FileError) in
            if try files.exists(root) { try remove(root, depth: 0) }
        }
    }

    private func remove(_ directory: String, depth: Int) throws(FileError) {
        for name in try files.list(directory) {
            let path = directory + "/" + name
            // A name without these endings is a directory's, and those are never deep.
            if name.hasSuffix(".seg") || name.hasSuffix(".idx") || name.hasSuffix(".wal") || depth > 4 {
                try files.remove(path)
            } else {
                try remove(path, depth: depth + 1)
            }
        }
        try files.removeDirectory(directory)
    }
}
