/// Brings what an older version's manifest says up to date, by looking into the files. Happens once a store.
enum ManifestUpgrade {
    static func complete(_ committed: inout ManifestState, _ stored: StoredFiles) throws(StoreError) {
        for entry in committed.segments.values where entry.contentSum == nil {
            let segment = SealedSegment(entry, stored)
            do throws(StoreError) {
                committed.complete(
                    try segment.read { reader throws(StoreError) in try completed(entry, reader) })
            } catch { try stopWhereUseless(error) }
        }
        for entry in committed.runs.values where entry.segments.isEmpty && entry.rows == 0 {
            do throws(StoreError) {
                let reader = try IndexReader(
                    path: stored.directory.path + "/" + entry.path, files: stored.files, expecting: stored.storeID,
                    open: stored.openRuns)
                var entry = entry
                entry.segments = reader.segmentNumbers
                entry.rows = entry.segments.reduce(0) { $0 + (committed.segments[$1]?.traceCount ?? 0) }
                committed.complete(entry)
            } catch { try stopWhereUseless(error) }
        }
    }

    private static func completed(
        _ entry: SegmentEntry, _ reader: SegmentReader
    ) throws(StoreError) -> SegmentEntry {
        var entry = entry
        entry.traceCount = UInt64(try reader.traces().count)
        entry.earliestStart = reader.minimumStartNanoseconds
        // The latest start is not in a version 1 footer, and a span may end before it starts.
        var sum = ContentSum()
        for block in reader.blocks { sum += block.contentSum }
        entry.contentSum = sum
        return entry
    }

    /// Some errors are the whole store's and not one file's.
    private static func stopWhereUseless(_ error: StoreError) throws(StoreError) {
        switch error.code {
        case .newerVersion, .notThisStore, .permissionDenied: throw error
        default: return
        }
    }
}
