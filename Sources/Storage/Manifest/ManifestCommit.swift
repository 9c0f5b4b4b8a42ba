/// One change of what is stored, committed whole: segments, index runs, the log's position and the ledger together.
struct ManifestCommit: Sendable {
    /// Log files before this number are not needed any more.
    var logFrom: UInt64
    /// The next segment or run gets at least this number.
    var nextNumber: UInt64
    var addedSegments: [SegmentEntry] = []
    var addedRuns: [RunEntry] = []
    /// Runs that merged into an added one.
    var removedRuns: [UInt64] = []
    /// Log files kept though they are before `logFrom`: damaged, so they are evidence.
    var keptLogFiles: [UInt64] = []
    var ledger = LedgerState.Delta()
}

/// All that the manifest says.
struct ManifestState: Sendable {
    var logFrom: UInt64 = 1
    var nextNumber: UInt64 = 1
    private(set) var segments: [SegmentEntry] = []
    private(set) var runs: [RunEntry] = []
    private(set) var keptLogFiles: [UInt64] = []
    var ledger = LedgerState()
    private var segmentNumbers: Set<UInt64> = []
    private var runNumbers: Set<UInt64> = []

    /// Nothing was ever committed.
    var isEmpty: Bool { segments.isEmpty && runs.isEmpty && logFrom == 1 }

    /// Applying the same commit once more changes nothing: numbers are never used twice.
    mutating func apply(_ commit: ManifestCommit) {
        let isLater = commit.logFrom > logFrom
        logFrom = max(logFrom, commit.logFrom)
        nextNumber = max(nextNumber, commit.nextNumber)
        for segment in commit.addedSegments where segmentNumbers.insert(segment.number).inserted {
            segments.append(segment)
        }
        for number in commit.removedRuns where runNumbers.contains(number) {
            runs.removeAll { $0.number == number }
        }
        // A number stays taken when its run is removed.
        for run in commit.addedRuns where runNumbers.insert(run.number).inserted { runs.append(run) }
        keptLogFiles += commit.keptLogFiles.filter { !keptLogFiles.contains($0) }
        ledger.apply(committed: commit.ledger, isLater: isLater)
    }

    /// The state as one commit to an empty manifest.
    var whole: ManifestCommit {
        ManifestCommit(
            logFrom: logFrom, nextNumber: nextNumber, addedSegments: segments, addedRuns: runs,
            keptLogFiles: keptLogFiles, ledger: ledger.whole)
    }
}
