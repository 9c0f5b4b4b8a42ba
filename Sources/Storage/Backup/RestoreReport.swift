/// What a restore proved, and what it could not.
public struct RestoreReport: Sendable {
    public var catalog: BackupCatalog
    /// The life of the store that begins with this restore.
    public var epoch: UInt64
    /// Files of the backup that are not what its catalog says.
    public var findings: [StoreFinding] = []
    public var restoredFiles = 0
    public var restoredBytes: UInt64 = 0
    /// What the store said when it was opened; `nil` when it did not come to that.
    public var openedSealedSpans: UInt64?
    public var openedLiveSpans: UInt64?
    /// The check of the restored directory; `nil` when it did not come to that.
    public var check: StoreCheckReport?

    /// Sums and counts that are not those of the backup, each a sentence.
    public var differences: [String] {
        guard let check else { return [] }
        var differences: [String] = []
        func compare(_ what: String, _ restored: UInt64, _ expected: UInt64) {
            if restored != expected { differences.append("\(restored) \(what) where the backup has \(expected)") }
        }
        compare("sealed spans", check.sealedSpans, catalog.sealedSpans)
        compare("records in the log", UInt64(check.logRecords), catalog.logRecords)
        compare("spans in the log", check.logSpans, catalog.logSpans)
        if check.contentSum != catalog.contentSum {
            differences.append("the spans do not add up to the backup's content sum")
        }
        return differences
    }

    /// Every file is as it was backed up, the store opens, and its spans are those of the backup.
    public var isProven: Bool { findings.isEmpty && check != nil && differences.isEmpty }

    /// Proven, and the backed-up store had no damage either.
    public var isWhole: Bool { isProven && catalog.damages.isEmpty && check?.isSound == true }
}
