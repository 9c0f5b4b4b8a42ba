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
    var segments: [SegmentEntry] = []
    var runs: [RunEntry] = []
    var keptLogFiles: [UInt64] = []
    var ledger = LedgerState()

    /// Nothing was ever committed.
    var isEmpty: Bool { segments.isEmpty && runs.isEmpty && logFrom == 1 }

    mutating func apply(_ commit: ManifestCommit) {
        logFrom = max(logFrom, commit.logFrom)
        nextNumber = max(nextNumber, commit.nextNumber)
        segments += commit.addedSegments
        runs.removeAll { commit.removedRuns.contains($0.number) }
        runs += commit.addedRuns
        keptLogFiles += commit.keptLogFiles
        ledger.apply(committed: commit.ledger)
    }

    /// The state as one commit to an empty manifest.
    var whole: ManifestCommit {
        ManifestCommit(
            logFrom: logFrom, nextNumber: nextNumber, addedSegments: segments, addedRuns: runs,
            keptLogFiles: keptLogFiles, ledger: ledger.whole)
    }
}
