import Files

/// Makes a data directory from a backup, and proves that it is what was backed up.
///
/// The identity is written after all else, with an epoch one higher: two lives of one store are never taken for each
/// other, and a restore that was interrupted leaves nothing that could be mistaken for a store.
package struct StoreRestore {
    private let backup: String
    private let data: String
    private let files: any FileSystem
    private let progress: (StoreProgress) -> Void
    private var report: RestoreReport
    private var position: StoreProgress
    private var directories: Set<String> = []

    /// Restores the backup in `backup` to `data`, which must be empty or not there. Where files of the backup are not
    /// what its catalog says, the report names them, and no store is made unless `acceptingDamage`.
    package static func run(
        from backup: String, to data: String, acceptingDamage: Bool = false,
        configuration: Store.Configuration = Store.Configuration(), files: any FileSystem = RealFileSystem(),
        progress: (StoreProgress) -> Void = { _ in }
    ) throws(StoreError) -> RestoreReport {
        let catalog = try BackupCatalog.read(backup, files: files)
        try EmptyDirectory.prepare(data, files: files)
        return try withoutActuallyEscaping(progress) { progress throws(StoreError) in
            var restore = StoreRestore(catalog, backup, data, files, progress)
            try restore.copy()
            guard restore.report.findings.isEmpty || acceptingDamage else { return restore.report }
            try restore.writeIdentity()
            try restore.open(configuration)
            restore.report.check = try StoreCheck.run(directory: data, files: files, progress: progress)
            return restore.report
        }
    }

    private init(
        _ catalog: BackupCatalog, _ backup: String, _ data: String, _ files: any FileSystem,
        _ progress: @escaping (StoreProgress) -> Void
    ) {
        self.backup = backup
        self.data = data
        self.files = files
        self.progress = progress
        report = RestoreReport(catalog: catalog, epoch: catalog.epoch + 1)
        position = StoreProgress(phase: "restoring", doneBytes: 0, totalBytes: catalog.bytes)
    }

    private mutating func copy() throws(StoreError) {
        for name in ["manifest", "wal", "segments", "index"] { try makeDirectory(data + "/" + name) }
        for file in report.catalog.files {
            if file.path == StoreIdentity.fileName { try verifyIdentity(file) } else { try copy(file) }
        }
        for directory in directories.sorted() {
            try StoreError.from { () throws(FileError) in try files.syncDirectory(directory) }
        }
    }

    private mutating func copy(_ file: BackupCatalog.File) throws(StoreError) {
        let target = data + "/" + file.path
        try makeDirectory(SegmentWriter.directory(of: target))
        do throws(FileError) {
            let source = try files.openForReading(backup + "/" + file.path)
            var done = 0
            let copied = try FileCopy.run(source, to: target, files: files) { done += $0 }
            try source.close()
            compare(file, copied)
            report.restoredFiles += 1
            report.restoredBytes += copied.bytes
            advance(done)
        } catch  where error.operation == .read || error.path == backup + "/" + file.path {
            report.findings.append(finding(error, file))
            try removePart(target)
        } catch { throw StoreError(error) }
    }

    /// The backup's own identity only shows that it is whole.
    private mutating func verifyIdentity(_ file: BackupCatalog.File) throws(StoreError) {
        do throws(FileError) {
            let source = try files.openForReading(backup + "/" + file.path)
            compare(file, try FileCopy.hash(source, upTo: try source.size()) { _ in })
        } catch { report.findings.append(finding(error, file)) }
    }

    private func finding(_ error: FileError, _ file: BackupCatalog.File) -> StoreFinding {
        error.isMissing
            ? StoreFinding(.missing, file.path, "the backup's catalog names it, and it is not there")
            : StoreFinding(.unreadable, file.path, error.description)
    }

    private mutating func compare(_ file: BackupCatalog.File, _ found: FileCopy.Copied) {
        if found.bytes != file.bytes {
            report.findings.append(
                StoreFinding(
                    .damaged, file.path, offset: Int(clamping: min(found.bytes, file.bytes)),
                    "it has \(found.bytes) bytes, and the backup's catalog says \(file.bytes)"))
        } else if found.sha256 != file.sha256 {
            report.findings.append(
                StoreFinding(.damaged, file.path, "its SHA-256 is not the one in the backup's catalog"))
        }
    }

    /// What a read error left of a copy.
    private func removePart(_ target: String) throws(StoreError) {
        try StoreError.from { () throws(FileError) in
            if try files.exists(target) { try files.remove(target) }
        }
    }

    private func writeIdentity() throws(StoreError) {
        let identity = StoreIdentity(storeID: report.catalog.storeID, epoch: report.epoch)
        try StoreError.from { () throws(FileError) in
            let file = try files.create(data + "/" + StoreIdentity.fileName)
            try file.append(identity.bytes)
            try file.sync()
            try file.close()
            try files.syncDirectory(data)
        }
    }

    /// Opens the store as a collector would: recovers, replays the log, and closes again.
    private mutating func open(_ configuration: Store.Configuration) throws(StoreError) {
        let store = try Store.open(directory: data, configuration: configuration, files: files)
        let statistics = store.statistics
        report.openedSealedSpans = statistics.sealedSpans
        report.openedLiveSpans = UInt64(statistics.liveSpans)
        try store.close()
    }

    private mutating func makeDirectory(_ path: String) throws(StoreError) {
        guard directories.insert(path).inserted else { return }
        try StoreError.from { () throws(FileError) in try files.makeDirectories(path) }
    }

    private mutating func advance(_ bytes: Int) {
        position.doneBytes += UInt64(bytes)
        progress(position)
    }
}
