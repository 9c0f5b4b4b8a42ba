import Files

/// A consistent copy of a data directory, whether its store is in use or not. Takes no lock of the store's.
///
/// Log files are staged first and the manifest is read after them: the log files that it still needs were all there
/// before, so none can be missing. What it names is staged then; when something is gone by that time, a newer manifest
/// says what took its place. So the copy is of the moment of that manifest, and holds everything that was acknowledged
/// before the backup began.
package struct StoreBackup {
    private static let maximumRounds = 200
    private static let maximumLogCopies = 3

    private let data: String
    private let destination: String
    private let files: any FileSystem
    private let identity: StoreIdentity
    private let staging: BackupStaging
    private let previous: PreviousBackup?
    private let progress: (StoreProgress) -> Void
    private var report: BackupReport
    private var position = StoreProgress(phase: "copying", doneBytes: 0, totalBytes: 0)
    private var directories: Set<String> = []

    /// Copies the store in `data` to `destination`, which must be empty or not there. `onto` names an earlier backup on
    /// the same file system: segments and index runs that are in it already are shared with it and, unless `verifying`,
    /// not read again.
    package static func run(
        data: String, to destination: String, onto previous: String? = nil, verifying: Bool = false,
        files: any FileSystem = RealFileSystem(), now: UInt64? = nil, progress: (StoreProgress) -> Void = { _ in }
    ) throws(StoreError) -> BackupReport {
        let identity = try StoreIdentity.read(data, files: files)
        guard !(destination + "/").hasPrefix(data + "/") else {
            throw StoreError(.limit, "a backup must not lie inside the data directory", path: destination)
        }
        try EmptyDirectory.prepare(destination, files: files)
        let earlier = try previous.map { path throws(StoreError) in
            try PreviousBackup(path, identity, isVerified: verifying, files: files)
        }
        let staging = try BackupStaging(data: data, files: files)
        return try withoutActuallyEscaping(progress) { progress throws(StoreError) in
            var backup = StoreBackup(
                data, destination, files, identity, staging, earlier, now ?? WallClock.nanoseconds(), progress)
            do throws(StoreError) { try backup.run() } catch {
                // The next backup removes what cannot be removed now; the first error is the one to tell.
                _ = Result { () throws(StoreError) in try staging.end() }
                throw error
            }
            do throws(StoreError) { try staging.end() } catch { backup.report.leftover = error }
            return backup.report
        }
    }

    private init(
        _ data: String, _ destination: String, _ files: any FileSystem, _ identity: StoreIdentity,
        _ staging: BackupStaging, _ previous: PreviousBackup?, _ now: UInt64,
        _ progress: @escaping (StoreProgress) -> Void
    ) {
        self.data = data
        self.destination = destination
        self.files = files
        self.identity = identity
        self.staging = staging
        self.previous = previous
        self.progress = progress
        report = BackupReport(catalog: BackupCatalog(identity, createdNanoseconds: now))
    }

    private mutating func run() throws(StoreError) {
        let (committed, missing) = try stage()
        position.totalBytes =
            committed.segments.reduce(0) { $0 + $1.fileBytes } + committed.runs.reduce(0) { $0 + $1.fileBytes }
        for entry in committed.segments where !missing.contains(entry.path) { try add(entry) }
        for entry in committed.runs where !missing.contains(entry.path) { try add(entry) }
        for path in missing.sorted() {
            report.findings.append(StoreFinding(.missing, path, "the manifest names it, and it is not there"))
        }
        try addLog(committed)
        try addHolds()
        try addManifest(committed)
        try write(identity.bytes, to: StoreIdentity.fileName)
        for directory in directories.sorted() {
            try StoreError.from { () throws(FileError) in try files.syncDirectory(directory) }
        }
        try finish()
    }

    /// Stages everything, and says which of the files that the manifest names are not there.
    private func stage() throws(StoreError) -> (CommittedStore, missing: Set<String>) {
        var staged: Set<String> = []
        for name in try StoreError.from({ () throws(FileError) in try files.list(data + "/wal") })
        where LogWriter.number(name) != nil {
            // One that is gone is sealed.
            _ = try staging.stage("wal/" + name)
        }
        var committed = try CommittedStore.read(data, files: files)
        for _ in 0..<StoreBackup.maximumRounds {
            var missing: Set<String> = []
            for path in committed.segments.map(\.path) + committed.runs.map(\.path) where !staged.contains(path) {
                if try staging.stage(path) { staged.insert(path) } else { missing.insert(path) }
            }
            if missing.isEmpty { return (committed, []) }
            let now = try CommittedStore.read(data, files: files)
            // Named still, and not there: the store has lost them.
            if now.hasSameFiles(as: committed) { return (committed, missing) }
            committed = now
        }
        throw StoreError(
            .overloaded, "the store changes faster than its files can be listed: try again later", path: data)
    }

    private mutating func add(_ entry: SegmentEntry) throws(StoreError) {
        var sum = entry.contentSum
        if try !share(entry.path, bytes: entry.fileBytes) {
            guard try copy(entry.path) else { return }
            let before = report.findings.count
            var check = SegmentCheck(identity: identity, root: destination, files: files)
            check.decodesSpans = false
            let passed = try check.check(entry, report: { report.findings.append($0) }) { _ throws(StoreError) in }
            guard report.findings.count == before, let passed else { return }
            sum = passed.contentSum
        } else if sum == nil {
            sum = try SegmentReader(
                path: destination + "/" + entry.path, files: files, expecting: identity.storeID
            ).contentSum
        }
        report.catalog.segments += 1
        report.catalog.sealedSpans += entry.spanCount
        if let sum { report.catalog.contentSum += sum }
    }

    private mutating func add(_ entry: RunEntry) throws(StoreError) {
        guard try !share(entry.path, bytes: entry.fileBytes), try copy(entry.path) else { return }
        var check = IndexCheck(identity: identity, root: destination, files: files)
        report.findings += try check.check(entry) { _ throws(StoreError) in }
    }

    /// Shares a file with the previous backup, where it has it.
    private mutating func share(_ path: String, bytes: UInt64) throws(StoreError) -> Bool {
        guard let previous, let known = previous.file(path, bytes: bytes),
            try previous.isSame(known, as: staging.root + "/" + path)
        else { return false }
        let target = try place(path)
        do throws(FileError) { try files.link(previous.root + "/" + path, to: target) } catch {
            if error.isCrossDevice || error.isMissing { return false }
            throw StoreError(error)
        }
        report.catalog.files.append(known)
        report.linkedFiles += 1
        report.linkedBytes += known.bytes
        advance(Int(known.bytes))
        return true
    }

    /// Copies a staged file; false when it cannot be read, which is a finding.
    private mutating func copy(_ path: String) throws(StoreError) -> Bool {
        let target = try place(path)
        let source: any File
        do throws(FileError) { source = try files.openForReading(staging.root + "/" + path) } catch {
            report.findings.append(StoreFinding(StoreError(error), path: path))
            return false
        }
        do throws(FileError) {
            var done = 0
            let copied = try FileCopy.run(source, to: target, files: files) { done += $0 }
            add(path, copied)
            advance(done)
            return true
        } catch  where error.operation == .read {
            report.findings.append(StoreFinding(StoreError(error), path: path))
            try StoreError.from { () throws(FileError) in try files.remove(target) }
            return false
        } catch { throw StoreError(error) }
    }

    private mutating func add(_ path: String, _ copied: FileCopy.Copied) {
        report.catalog.files.append(
            BackupCatalog.File(path: path, bytes: copied.bytes, sha256: copied.sha256))
        report.copiedFiles += 1
        report.copiedBytes += copied.bytes
    }

    /// Copies the log files that the manifest still needs, and replays the copy.
    private mutating func addLog(_ committed: CommittedStore) throws(StoreError) {
        let root = staging.root + "/wal"
        try makeDirectory("wal")
        guard try StoreError.from({ () throws(FileError) in try files.exists(root) }) else { return }
        let names = try StoreError.from { () throws(FileError) in try files.list(root) }
            .filter { LogWriter.number($0).map(committed.needsLog) ?? false }
        for attempt in 1...StoreBackup.maximumLogCopies {
            let before = report
            for name in names { _ = try copy("wal/" + name) }
            let result = try LogCheck(committed: committed, root: destination, files: files).run()
            let isDamaged = result.findings.contains { $0.kind.isDamage }
            // Bytes of a write that failed may have been taken back and written over while they were copied.
            if isDamaged, attempt < StoreBackup.maximumLogCopies {
                for file in report.catalog.files[before.catalog.files.count...] {
                    try StoreError.from { () throws(FileError) in try files.remove(destination + "/" + file.path) }
                }
                report = before
                continue
            }
            report.findings += result.findings
            report.catalog.logRecords = UInt64(result.records)
            report.catalog.logSpans = result.spans
            return
        }
    }

    private mutating func addHolds() throws(StoreError) {
        for (path, bytes) in try HoldDirectory(path: data, files: files).recordFiles(identity) {
            try write(bytes, to: path)
        }
        let (_, errors) = HoldDirectory(path: destination, files: files).examine(identity)
        report.findings += errors.map { error in
            StoreFinding(
                error, path: error.path.map { String($0.dropFirst(destination.count + 1)) } ?? HoldDirectory.name)
        }
    }

    /// A snapshot that says what the copied one said at its moment.
    private mutating func addManifest(_ committed: CommittedStore) throws(StoreError) {
        try makeDirectory("manifest")
        for directory in ["segments", "index"] { try makeDirectory(directory) }
        guard committed.manifestNumber > 0 else { return }
        let directory = StoreDirectory(path: destination, files: files).manifest
        var manifest = ManifestFile(
            files: files, directory: directory, storeID: identity.storeID, epoch: identity.epoch,
            after: committed.manifestNumber - 1)
        if let error = try manifest.writeSnapshot(committed.state) { throw error }
        let path = "manifest/" + ManifestFile.name(committed.manifestNumber)
        do throws(FileError) {
            let file = try files.openForReading(destination + "/" + path)
            add(path, try FileCopy.hash(file, upTo: try file.size()) { _ in })
        } catch { throw StoreError(error) }
    }

    private mutating func write(_ bytes: [UInt8], to path: String) throws(StoreError) {
        let target = try place(path)
        do throws(FileError) {
            let file = try files.create(target)
            try file.append(bytes)
            try file.sync()
            try file.close()
        } catch { throw StoreError(error) }
        let sha256 = bytes.withUnsafeBytes { ContentHash.digest($0) }
        add(path, FileCopy.Copied(bytes: UInt64(bytes.count), sha256: sha256))
    }

    /// The catalog makes it a backup.
    private mutating func finish() throws(StoreError) {
        report.catalog.files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        report.catalog.damages = report.findings.filter { $0.kind.isDamage }.map {
            BackupCatalog.Damage(path: $0.path, problem: $0.problem)
        }
        let bytes = try report.catalog.encoded()
        do throws(FileError) {
            let file = try files.create(destination + "/" + BackupCatalog.fileName)
            try file.append(bytes)
            try file.sync()
            try file.close()
            try files.syncDirectory(destination)
        } catch { throw StoreError(error) }
    }

    private mutating func place(_ path: String) throws(StoreError) -> String {
        let target = destination + "/" + path
        let directory = SegmentWriter.directory(of: target)
        if directories.insert(directory).inserted {
            try StoreError.from { () throws(FileError) in try files.makeDirectories(directory) }
        }
        return target
    }

    private mutating func makeDirectory(_ name: String) throws(StoreError) { _ = try place(name + "/x") }

    private mutating func advance(_ bytes: Int) {
        position.doneBytes += UInt64(bytes)
        position.totalBytes = max(position.totalBytes, position.doneBytes)
        progress(position)
    }
}
