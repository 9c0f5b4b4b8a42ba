import Files
import Telemetry

/// Reads a whole data directory and finds what is not as it should be. Writes nothing and takes no lock: the store may be
/// in use. What a collector replaces meanwhile is looked at in its new place.
package struct StoreCheck {
    /// How often what changed meanwhile is looked at again.
    private static let maximumRounds = 20
    private static let pauseMicroseconds: UInt32 = 50_000

    private let root: String
    private let files: any FileSystem
    private let progress: (StoreProgress) -> Void

    private var report: StoreCheckReport
    private var index: IndexCheck
    private let segment: SegmentCheck
    private var checkedSegments: Set<UInt64> = []
    private var expected: [UInt64: RowDigest] = [:]
    private var position: StoreProgress

    /// Checks the store in `directory`.
    package static func run(
        directory: String, files: any FileSystem = RealFileSystem(), progress: (StoreProgress) -> Void = { _ in }
    ) throws(StoreError) -> StoreCheckReport {
        let identity = try StoreIdentity.read(directory, files: files)
        return try withoutActuallyEscaping(progress) { progress throws(StoreError) in
            var check = StoreCheck(identity, directory, files, progress)
            try check.run()
            return check.report
        }
    }

    private init(
        _ identity: StoreIdentity, _ root: String, _ files: any FileSystem,
        _ progress: @escaping (StoreProgress) -> Void
    ) {
        self.root = root
        self.files = files
        self.progress = progress
        report = StoreCheckReport(identity)
        index = IndexCheck(identity: identity, root: root, files: files)
        segment = SegmentCheck(identity: identity, root: root, files: files)
        position = StoreProgress(phase: "", doneBytes: 0, totalBytes: 0)
    }

    private mutating func run() throws(StoreError) {
        let listed = try UnknownFiles(root: root, files: files).list()
        guard var committed = try manifest() else { return }
        plan(committed)
        report.findings += UnknownFiles(root: root, files: files).findings(listed, committed)
        checkManifest(committed, listed)
        checkHolds()
        try checkLog()
        for _ in 0..<StoreCheck.maximumRounds {
            for entry in committed.segments where !checkedSegments.contains(entry.number) { try check(entry) }
            for entry in committed.runs where !index.isChecked(entry.number) { try check(entry) }
            let now = try CommittedStore.read(root, files: files)
            if now.hasSameFiles(as: committed) { break }
            committed = now
        }
        report.findings += index.disagreements(committed, expected: expected)
    }

    /// Reads and checks the manifest; without it nothing else can be checked.
    private mutating func manifest() throws(StoreError) -> CommittedStore? {
        for attempt in 1... {
            do throws(StoreError) {
                let committed = try CommittedStore.read(root, files: files)
                report.files += 2
                guard committed.manifestNumber > 0 else { return committed }
                let (finding, bytes) = try ManifestCheck(root: root, files: files).tail(of: committed.manifestNumber)
                report.bytes += UInt64(bytes)
                // A commit may be on its way just now.
                if let finding {
                    if attempt < 3 {
                        ShortPause.microseconds(StoreCheck.pauseMicroseconds)
                        continue
                    }
                    report.findings.append(finding)
                }
                return committed
            } catch {
                if error.code == .fileSystem, attempt < StoreCheck.maximumRounds { continue }
                guard error.code == .corrupt, let path = error.path else { throw error }
                report.findings.append(StoreFinding(error, path: relative(path)))
                return nil
            }
        }
        return nil
    }

    /// A manifest of which nothing is left says that nothing is stored.
    private mutating func checkManifest(_ committed: CommittedStore, _ listed: [String]) {
        let stored = listed.count { $0.hasSuffix(".seg") }
        guard committed.state.isEmpty, stored > 0 else { return }
        let path = committed.manifestNumber > 0 ? "manifest/" + ManifestFile.name(committed.manifestNumber) : "manifest"
        report.findings.append(
            StoreFinding(.damaged, path, "it names nothing, and there are \(stored) files of segments: it is lost"))
    }

    private mutating func plan(_ committed: CommittedStore) {
        // Segments are read twice: block by block, and span by span.
        let segments = committed.segments.reduce(0) { $0 + $1.fileBytes } * 2
        position.totalBytes = segments + committed.runs.reduce(0) { $0 + $1.fileBytes }
    }

    private mutating func advance(_ phase: String, _ bytes: Int) {
        position.phase = phase
        position.doneBytes += UInt64(bytes)
        position.totalBytes = max(position.totalBytes, position.doneBytes)
        progress(position)
    }

    /// Blocks and pages are not all of a file.
    private mutating func reach(_ phase: String, _ bytes: UInt64) {
        advance(phase, Int(clamping: bytes) - Int(clamping: min(bytes, position.doneBytes)))
    }

    private mutating func checkHolds() {
        let (holds, errors) = HoldDirectory(path: root, files: files).examine(
            StoreIdentity(storeID: report.storeID, epoch: report.epoch))
        report.holds = holds.count
        report.activeHolds = holds.count(where: \.isActive)
        report.findings += errors.map { StoreFinding($0, path: relative($0.path ?? HoldDirectory.name)) }
    }

    private mutating func checkLog() throws(StoreError) {
        for attempt in 1... {
            let result: LogCheck.Result
            do throws(StoreError) {
                let committed = try CommittedStore.read(root, files: files)
                result = try LogCheck(committed: committed, root: root, files: files).run()
            } catch {
                // A log file that was sealed meanwhile is gone.
                guard error.code == .fileSystem, attempt < StoreCheck.maximumRounds else { throw error }
                continue
            }
            // A group of records may be on its way just now, or a file have been sealed.
            if !result.findings.isEmpty, attempt < 3 {
                ShortPause.microseconds(StoreCheck.pauseMicroseconds)
                continue
            }
            report.findings += result.findings
            report.files += result.files
            report.bytes += UInt64(result.bytes)
            report.logFiles = result.files
            report.logRecords = result.records
            report.logSpans = result.spans
            return
        }
    }

    private mutating func check(_ entry: SegmentEntry) throws(StoreError) {
        checkedSegments.insert(entry.number)
        let end = position.doneBytes + entry.fileBytes * 2
        defer { reach("segments", end) }
        var findings: [StoreFinding] = []
        let passed = try segment.check(entry, report: { findings.append($0) }) { bytes throws(StoreError) in
            advance("segments", bytes)
        }
        if !findings.isEmpty, try isGone({ $0.state.segments[entry.number] == nil }) { return }
        report.files += 1
        report.segments += 1
        report.bytes += entry.fileBytes
        if let passed, let sum = passed.contentSum {
            report.sealedSpans += UInt64(passed.reader.spanCount)
            report.contentSum += sum
            expected[entry.number] = try RowDigest(of: passed.reader)
        }
        report.findings += findings
    }

    private mutating func check(_ entry: RunEntry) throws(StoreError) {
        let end = position.doneBytes + entry.fileBytes
        defer { reach("index", end) }
        let findings = try index.check(entry) { _ throws(StoreError) in }
        if !findings.isEmpty, try isGone({ $0.state.runs[entry.number] == nil }) { return }
        report.files += 1
        report.indexRuns += 1
        report.bytes += entry.fileBytes
        report.findings += findings
    }

    /// Whether the store has let go of something since its manifest was read.
    private func isGone(_ test: (CommittedStore) -> Bool) throws(StoreError) -> Bool {
        test(try CommittedStore.read(root, files: files))
    }

    private func relative(_ path: String) -> String {
        path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
    }
}
