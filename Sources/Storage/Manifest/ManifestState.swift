/// All that the manifest says.
struct ManifestState: Sendable {
    private(set) var serial: UInt64 = 0
    private(set) var logFrom: UInt64 = 1
    private(set) var nextNumber: UInt64 = 1
    private(set) var segments: [UInt64: SegmentEntry] = [:]
    private(set) var runs: [UInt64: RunEntry] = [:]
    private(set) var keptLogFiles: [UInt64] = []
    private(set) var removals = RemovalTable()
    /// Damaged segments that stay as evidence, and what is wrong with them.
    private(set) var quarantine: [UInt64: String] = [:]
    var ledger = LedgerState()
    private(set) var metricTotals: [RecoveredMetrics] = []

    /// Nothing was ever committed.
    var isEmpty: Bool { segments.isEmpty && runs.isEmpty && logFrom == 1 && nextNumber == 1 }

    /// The commit that says this and nothing else, to be filled in.
    var nextCommit: ManifestCommit {
        ManifestCommit(serial: serial + 1, logFrom: logFrom, nextNumber: nextNumber)
    }

    /// Applying a commit once more changes nothing: its serial number has passed.
    mutating func apply(_ commit: ManifestCommit) {
        guard commit.serial > serial else { return }
        serial = commit.serial
        let isLater = commit.logFrom > logFrom
        logFrom = max(logFrom, commit.logFrom)
        nextNumber = max(nextNumber, commit.nextNumber)
        for number in commit.removedSegments {
            segments[number] = nil
            quarantine[number] = nil
        }
        for segment in commit.addedSegments { segments[segment.number] = segment }
        for number in commit.finishedSegments { segments[number]?.level = .final }
        for number in commit.removedRuns { runs[number] = nil }
        for run in commit.addedRuns { runs[run.number] = run }
        for removal in commit.removals { removals.add(removal) }
        for (number, reason) in commit.quarantined where segments[number] != nil { quarantine[number] = reason }
        for number in commit.released { quarantine[number] = nil }
        keptLogFiles += commit.keptLogFiles.filter { !keptLogFiles.contains($0) }
        if let totals = commit.metricTotals { metricTotals = totals }
        ledger.apply(committed: commit.ledger, isLater: isLater)
    }

    /// The state as one commit to an empty manifest.
    var whole: ManifestCommit {
        var commit = ManifestCommit(serial: serial, logFrom: logFrom, nextNumber: nextNumber)
        commit.addedSegments = segments.values.sorted { $0.number < $1.number }
        commit.addedRuns = runs.values.sorted { $0.number < $1.number }
        commit.removals = removals.all
        commit.quarantined = quarantine.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        commit.keptLogFiles = keptLogFiles
        commit.ledger = ledger.whole
        commit.metricTotals = metricTotals
        return commit
    }

    /// Replaces what is known of a segment or a run: when a manifest of an older version is brought up to date.
    mutating func complete(_ entry: SegmentEntry) { segments[entry.number] = entry }
    mutating func complete(_ entry: RunEntry) { runs[entry.number] = entry }
}
