import Files

/// The index run of segments in the making: entries are written out in parts as they come, and the parts merged in the
/// end, so that a large segment's index never is in memory.
struct RunAssembly {
    /// Traces of one part.
    private static let partTraces = 64 * 1024

    private let tenant: String
    private let shared: StoreShared
    private let committer: Committer
    private let pace: UpkeepPace
    private var waiting: [IndexInput] = []
    private var waitingTraces = 0
    private var parts: [RunEntry] = []
    private var rows: UInt64 = 0
    private var segments: Set<UInt64> = []
    private var segmentTraces: UInt64 = 0

    init(tenant: String, shared: StoreShared, committer: Committer, pace: UpkeepPace) {
        self.tenant = tenant
        self.shared = shared
        self.committer = committer
        self.pace = pace
    }

    mutating func add(_ entries: SegmentEntries, segment: UInt64) throws(StoreError) {
        if entries.traces.isEmpty { return }
        segmentTraces += UInt64(entries.traces.count)
        rows += UInt64(entries.traces.count)
        segments.insert(segment)
        waitingTraces += entries.traces.count
        waiting.append(
            IndexInput(
                segmentNumber: segment, traces: entries.traces, transactions: entries.transactions,
                catalog: entries.catalog))
        if waitingTraces >= RunAssembly.partTraces { try writePart() }
    }

    /// How many traces were added since the last call: those of one segment.
    mutating func takeTraceCount() -> UInt64 {
        defer { segmentTraces = 0 }
        return segmentTraces
    }

    /// The run of all that was added, durable; `nil` when that was nothing.
    mutating func finish() throws(StoreError) -> RunEntry? {
        if !waiting.isEmpty { try writePart() }
        if parts.count <= 1 {
            defer { parts = [] }
            return parts.first
        }
        let merged = try IndexMerge.write(
            parts, tenant: tenant, rows: rows, shared: shared, committer: committer, pace: pace
        ) { _ in true }
        discard()
        return merged
    }

    /// Removes the parts.
    mutating func discard() {
        SegmentRewrite.remove(parts.map(\.path), shared)
        parts = []
    }

    private mutating func writePart() throws(StoreError) {
        let inputs = RunAssembly.joined(waiting)
        waiting = []
        waitingTraces = 0
        let number = committer.takeNumber()
        let relative = StoreDirectory.indexPath(tenant: tenant, number: number)
        let path = try shared.directory.place(relative)
        // Named before it is written, so that a part of it goes too.
        parts.append(
            RunEntry(
                number: number, path: relative, fileBytes: 0, level: IndexMerge.level(rows: rows), rows: rows,
                segments: segments.sorted()))
        let bytes = try IndexRun.write(
            inputs, storeID: shared.storeID, epoch: shared.epoch, path: path, files: shared.files)
        parts[parts.count - 1].fileBytes = UInt64(bytes)
        try pace.spend(bytes)
    }

    /// One input a segment.
    private static func joined(_ inputs: [IndexInput]) -> [IndexInput] {
        var joined: [IndexInput] = []
        for input in inputs {
            guard let last = joined.last, last.segmentNumber == input.segmentNumber else {
                joined.append(input)
                continue
            }
            joined[joined.count - 1].traces += input.traces
            joined[joined.count - 1].transactions += input.transactions
            joined[joined.count - 1].catalog.merge(input.catalog)
        }
        return joined
    }
}
