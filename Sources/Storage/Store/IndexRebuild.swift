import Files

/// Index runs made again from the segments they cover.
enum IndexRebuild {
    /// A run is made of segments with so many traces together, so that memory stays bounded.
    static let tracesPerRun: UInt64 = 200_000

    /// Writes runs for `entries` and returns them, to be committed.
    static func write(
        _ entries: some Sequence<SegmentEntry>, _ shared: StoreShared, takeNumber: () -> UInt64
    ) throws(StoreError) -> [RunEntry] {
        var runs: [RunEntry] = []
        var tenants: [String: [SegmentEntry]] = [:]
        for entry in entries { tenants[entry.tenant, default: []].append(entry) }
        for (tenant, entries) in tenants.sorted(by: { $0.key < $1.key }) {
            var part: [SegmentEntry] = []
            var traces: UInt64 = 0
            for entry in entries.sorted(by: { $0.number < $1.number }) {
                if !part.isEmpty, traces + entry.traceCount > tracesPerRun {
                    runs.append(try run(tenant, part, shared, takeNumber()))
                    part = []
                    traces = 0
                }
                part.append(entry)
                traces += entry.traceCount
            }
            if !part.isEmpty { runs.append(try run(tenant, part, shared, takeNumber())) }
        }
        return runs
    }

    private static func run(
        _ tenant: String, _ entries: [SegmentEntry], _ shared: StoreShared, _ number: UInt64
    ) throws(StoreError) -> RunEntry {
        var inputs: [IndexInput] = []
        for entry in entries {
            let segment = SealedSegment(entry, shared.stored)
            do throws(StoreError) {
                inputs.append(
                    try segment.read { reader throws(StoreError) in
                        IndexInput(
                            segmentNumber: entry.number, traces: try reader.traces(),
                            transactions: try reader.transactions(), catalog: try reader.catalog())
                    })
            } catch  where error.code == .corrupt {
                // Its damage is noted; what the others hold must not be lost with it.
                shared.note(error)
            }
        }
        let relative = StoreDirectory.indexPath(tenant: tenant, number: number)
        let bytes = try IndexRun.write(
            inputs, storeID: shared.storeID, epoch: shared.epoch, path: try shared.directory.place(relative),
            files: shared.files)
        let rows = inputs.reduce(0) { $0 + UInt64($1.traces.count) }
        return RunEntry(
            number: number, path: relative, fileBytes: UInt64(bytes), level: IndexMerge.level(rows: rows),
            rows: rows, segments: inputs.map(\.segmentNumber).sorted())
    }
}
