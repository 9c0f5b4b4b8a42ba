import Files

/// What a data directory has committed, read without its lock: for tools that look at a store while a collector runs
/// on it. Files it names may leave the store meanwhile; whoever misses one reads the snapshot again.
package struct StoreSnapshot: Sendable {
    package let storeID: StoreID
    package let epoch: UInt64
    /// Grows with every commit.
    package let serial: UInt64
    /// Log files before this number are not needed any more, but for `keptLogFiles`, which are damaged.
    package let logFrom: UInt64
    package let keptLogFiles: [UInt64]
    /// By number.
    package let segments: [SegmentEntry]
    package let runs: [RunEntry]
    /// What left the store, and why.
    package let removals: [RemovalRecord]
    /// Damaged segments kept as evidence, and what is wrong with them.
    package let quarantine: [UInt64: String]
    /// The number of the manifest file that says so.
    package let manifestNumber: UInt64

    /// A manifest that is replaced while it is read is read again, at most so often.
    private static let attempts = 8

    package static func read(
        directory path: String, files: any FileSystem = RealFileSystem()
    ) throws(StoreError) -> StoreSnapshot {
        let directory = StoreDirectory(path: path, files: files)
        guard let (storeID, epoch) = try directory.readIdentity() else {
            throw StoreError(.notThisStore, "there is no store in this directory", path: path)
        }
        var attempt = 1
        while true {
            do throws(StoreError) {
                let (state, number) = try ManifestFile.read(
                    files: files, directory: directory.manifest, storeID: storeID, epoch: epoch)
                return StoreSnapshot(state, storeID: storeID, epoch: epoch, manifestNumber: number)
            } catch  where error.code == .fileSystem && attempt < attempts {
                attempt += 1
            }
        }
    }

    private init(_ state: ManifestState, storeID: StoreID, epoch: UInt64, manifestNumber: UInt64) {
        self.storeID = storeID
        self.epoch = epoch
        self.manifestNumber = manifestNumber
        serial = state.serial
        logFrom = state.logFrom
        keptLogFiles = state.keptLogFiles
        segments = state.segments.values.sorted { $0.number < $1.number }
        runs = state.runs.values.sorted { $0.number < $1.number }
        removals = state.removals.all
        quarantine = state.quarantine
    }
}
