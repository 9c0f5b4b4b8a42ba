import Files

/// What a data directory holds and what it costs, read without the store's lock: from the manifest and the sizes of
/// files.
public struct StoreSummary: Sendable {
    /// Segments of one tenant, class, day of receipt and level.
    public struct Partition: Sendable, Hashable {
        public var tenant: String
        public var retentionClass: String
        /// `YYYY-MM-DD`.
        public var day: String
        /// Whether compaction has made them final.
        public var isFinal: Bool
        public var segments = 0
        public var spans: UInt64 = 0
        public var bytes: UInt64 = 0
        /// The spans' own time, Unix nanoseconds.
        public var earliestStart = UInt64.max
        public var latestStart: UInt64 = 0
    }

    /// Index runs of one level.
    public struct IndexLevel: Sendable, Hashable {
        public var level: Int
        public var runs = 0
        public var rows: UInt64 = 0
        public var bytes: UInt64 = 0
    }

    public struct Column: Sendable, Hashable {
        public var name: String
        public var bytes: UInt64
    }

    public var storeID: StoreID
    public var epoch: UInt64
    /// By tenant, class, day and level.
    public var partitions: [Partition] = []
    public var indexLevels: [IndexLevel] = []
    public var removals: [RemovalRecord] = []
    /// Damaged segments that are kept as evidence, by path, and what is wrong with each.
    public var damaged: [(path: String, problem: String)] = []
    public var logFiles = 0
    public var logBytes: UInt64 = 0
    public var manifestBytes: UInt64 = 0
    public var holdBytes: UInt64 = 0
    public var holds: [Hold] = []

    public var segments: Int { partitions.reduce(0) { $0 + $1.segments } }
    public var spans: UInt64 { partitions.reduce(0) { $0 + $1.spans } }
    public var segmentBytes: UInt64 { partitions.reduce(0) { $0 + $1.bytes } }
    public var indexBytes: UInt64 { indexLevels.reduce(0) { $0 + $1.bytes } }
    public var bytes: UInt64 { segmentBytes + indexBytes + logBytes + manifestBytes + holdBytes }
    /// Equal spans left out when segments were merged.
    public var duplicatesRemoved: UInt64 {
        removals.reduce(0) { $0 + ($1.reason == .duplicate ? $1.spans : 0) }
    }

    /// Reads the store in `directory`.
    package static func read(
        directory: String, files: any FileSystem = RealFileSystem()
    ) throws(StoreError) -> StoreSummary {
        let committed = try CommittedStore.read(directory, files: files)
        var summary = StoreSummary(storeID: committed.identity.storeID, epoch: committed.identity.epoch)
        summary.add(committed)
        summary.holds = try HoldDirectory(path: directory, files: files).all()
        summary.holdBytes = try size(directory + "/" + HoldDirectory.name, files) { _ in true }.bytes
        summary.manifestBytes = try size(directory + "/manifest", files) { _ in true }.bytes
        (summary.logFiles, summary.logBytes) = try size(directory + "/wal", files) { name in
            LogWriter.number(name).map(committed.needsLog) ?? false
        }
        return summary
    }

    private mutating func add(_ committed: CommittedStore) {
        removals = committed.state.removals.all
        var places: [[String]: Int] = [:]
        for entry in committed.segments {
            let isFinal = entry.level == .final
            let day = "\(CivilDate(day: entry.day))"
            let key = [entry.tenant, entry.retentionClass, day, isFinal ? "1" : "0"]
            if places[key] == nil {
                places[key] = partitions.count
                partitions.append(
                    Partition(tenant: entry.tenant, retentionClass: entry.retentionClass, day: day, isFinal: isFinal))
            }
            let place = places[key] ?? 0
            partitions[place].segments += 1
            partitions[place].spans += entry.spanCount
            partitions[place].bytes += entry.fileBytes
            partitions[place].earliestStart = min(partitions[place].earliestStart, entry.earliestStart)
            partitions[place].latestStart = max(partitions[place].latestStart, entry.latestStart)
            if let problem = committed.state.quarantine[entry.number] { damaged.append((entry.path, problem)) }
        }
        partitions.sort {
            ($0.tenant, $0.retentionClass, $0.day, $0.isFinal ? 1 : 0)
                < ($1.tenant, $1.retentionClass, $1.day, $1.isFinal ? 1 : 0)
        }
        var levels: [UInt8: IndexLevel] = [:]
        for entry in committed.runs {
            levels[entry.level, default: IndexLevel(level: Int(entry.level))].runs += 1
            levels[entry.level]?.rows += entry.rows
            levels[entry.level]?.bytes += entry.fileBytes
        }
        indexLevels = levels.values.sorted { $0.level < $1.level }
    }

    private init(storeID: StoreID, epoch: UInt64) {
        self.storeID = storeID
        self.epoch = epoch
    }

    /// Files of a directory and their bytes; one that goes meanwhile counts no more.
    private static func size(
        _ directory: String, _ files: any FileSystem, _ isCounted: (String) -> Bool
    ) throws(StoreError) -> (files: Int, bytes: UInt64) {
        var count = 0
        var bytes: UInt64 = 0
        do throws(FileError) {
            guard try files.exists(directory) else { return (0, 0) }
            for name in try files.list(directory) where isCounted(name) {
                do throws(FileError) { bytes += UInt64(try files.size(of: directory + "/" + name)) } catch {
                    if error.isMissing { continue }
                    throw error
                }
                count += 1
            }
        } catch { throw StoreError(error) }
        return (count, bytes)
    }
}
