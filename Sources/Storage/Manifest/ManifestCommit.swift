/// One change of what is stored, committed whole: segments, index runs, the log's position and the ledger together.
struct ManifestCommit: Sendable {
    /// Commits count from one, without gaps. A snapshot has the number of the last one in it.
    var serial: UInt64
    /// Log files before this number are not needed any more.
    var logFrom: UInt64
    /// The next segment or run gets at least this number.
    var nextNumber: UInt64
    var addedSegments: [SegmentEntry] = []
    var removedSegments: [UInt64] = []
    /// Young segments that are final from now on, as they are.
    var finishedSegments: [UInt64] = []
    var addedRuns: [RunEntry] = []
    var removedRuns: [UInt64] = []
    /// Why spans left, where some did.
    var removals: [RemovalRecord] = []
    /// Segments found damaged, and how. They stay as evidence until they are released.
    var quarantined: [(number: UInt64, reason: String)] = []
    var released: [UInt64] = []
    /// Log files kept though they are before `logFrom`: damaged, so they are evidence.
    var keptLogFiles: [UInt64] = []
    var ledger = LedgerState.Delta()
    /// What all metric points before `logFrom` add up to; `nil` where that did not change.
    var metricTotals: [RecoveredMetrics]?

    init(serial: UInt64 = 0, logFrom: UInt64 = 0, nextNumber: UInt64 = 0) {
        self.serial = serial
        self.logFrom = logFrom
        self.nextNumber = nextNumber
    }
}
