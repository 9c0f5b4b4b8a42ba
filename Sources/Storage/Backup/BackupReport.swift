/// What a backup came to.
public struct BackupReport: Sendable {
    public var catalog: BackupCatalog
    /// What is wrong with the store, as far as the backup looked.
    public var findings: [StoreFinding] = []
    public var copiedFiles = 0
    public var copiedBytes: UInt64 = 0
    /// Shared with the previous backup, not read and not written.
    public var linkedFiles = 0
    public var linkedBytes: UInt64 = 0
    /// Why what the backup needed inside the data directory could not be removed; the next backup tries again.
    public var leftover: StoreError?

    /// All that the store names is in the backup, whole.
    public var isWhole: Bool { !findings.contains { $0.kind.isDamage } }
}
