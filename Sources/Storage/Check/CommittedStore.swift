import Files

/// What a data directory's manifest says at one moment, read without the store's lock: its owner may be running.
struct CommittedStore: Sendable {
    private static let maximumAttempts = 50
    private static let pauseMicroseconds: UInt32 = 20_000

    let identity: StoreIdentity
    let state: ManifestState
    /// The number of the newest manifest file.
    let manifestNumber: UInt64

    /// By number.
    let segments: [SegmentEntry]
    let runs: [RunEntry]

    private init(_ identity: StoreIdentity, _ state: ManifestState, _ manifestNumber: UInt64) {
        self.identity = identity
        self.state = state
        self.manifestNumber = manifestNumber
        segments = state.segments.values.sorted { $0.number < $1.number }
        runs = state.runs.values.sorted { $0.number < $1.number }
    }

    /// Whether the two name the same segments and runs.
    func hasSameFiles(as other: CommittedStore) -> Bool {
        segments.map(\.number) == other.segments.map(\.number) && runs.map(\.number) == other.runs.map(\.number)
    }

    /// Reads identity and manifest. A snapshot that replaces another while it is being read is tried again.
    static func read(_ directory: String, files: any FileSystem) throws(StoreError) -> CommittedStore {
        let identity = try StoreIdentity.read(directory, files: files)
        let manifest = StoreDirectory(path: directory, files: files).manifest
        var attempt = 1
        while true {
            let before = try list(manifest, files)
            do throws(StoreError) {
                let (state, number) = try ManifestFile.read(
                    files: files, directory: manifest, storeID: identity.storeID, epoch: identity.epoch)
                return CommittedStore(identity, state, number)
            } catch {
                let isChanging = try list(manifest, files) != before || error.code == .fileSystem
                guard isChanging, attempt < maximumAttempts else { throw error }
            }
            attempt += 1
            ShortPause.microseconds(pauseMicroseconds)
        }
    }

    private static func list(_ directory: String, _ files: any FileSystem) throws(StoreError) -> [String] {
        try StoreError.from { () throws(FileError) in try files.list(directory) }
    }

    /// Whether the log file `number` is still needed.
    func needsLog(_ number: UInt64) -> Bool { number >= state.logFrom || state.keptLogFiles.contains(number) }
}
