import Files

/// The committed segments and index runs, opened. One bad file costs its own spans and no others.
struct SealedFiles {
    var segments: [UInt64: SegmentReader] = [:]
    var runs: [IndexReader] = []
    /// Segments that cannot be opened, and why.
    var unreadable: [UInt64: StoreError] = [:]

    /// Opens all that `committed` names. Runs that cannot be read are made again from their segments, and `committed`
    /// changes with them.
    init(_ committed: inout ManifestState, _ shared: StoreShared) throws(StoreError) {
        for entry in committed.segments {
            do throws(StoreError) {
                segments[entry.number] = try SegmentReader(
                    path: shared.directory.path + "/" + entry.path, files: shared.files, expecting: shared.storeID,
                    cache: shared.cache)
            } catch {
                try SealedFiles.stopWhereUseless(error)
                unreadable[entry.number] = error
            }
        }
        var broken: [UInt64] = []
        for entry in committed.runs {
            do throws(StoreError) {
                runs.append(
                    try IndexReader(
                        path: shared.directory.path + "/" + entry.path, files: shared.files, expecting: shared.storeID,
                        open: shared.openRuns))
            } catch {
                try SealedFiles.stopWhereUseless(error)
                broken.append(entry.number)
            }
        }
        if !broken.isEmpty { try rebuild(&committed, broken, shared) }
    }

    /// Some errors are the whole store's and not one file's.
    private static func stopWhereUseless(_ error: StoreError) throws(StoreError) {
        switch error.code {
        case .newerVersion, .notThisStore, .permissionDenied: throw error
        default: return
        }
    }

    /// Makes a run for each segment that no run covers any more: one by one, to bound memory.
    private mutating func rebuild(
        _ committed: inout ManifestState, _ broken: [UInt64], _ shared: StoreShared
    ) throws(StoreError) {
        let covered = Set(runs.flatMap(\.segmentNumbers))
        var commit = ManifestCommit(
            logFrom: committed.logFrom, nextNumber: committed.nextNumber, removedRuns: broken)
        for (number, segment) in segments.sorted(by: { $0.key < $1.key }) where !covered.contains(number) {
            let input = IndexInput(
                segmentNumber: number, traces: try segment.traces(), transactions: try segment.transactions())
            let relative = StoreDirectory.indexPath(
                tenant: segment.info.tenant, retentionClass: segment.info.retentionClass, number: commit.nextNumber)
            let path = shared.directory.path + "/" + relative
            do throws(FileError) {
                try shared.files.makeDirectories(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
            } catch { throw StoreError(error) }
            let bytes = try IndexRun.write(
                [input], storeID: shared.storeID, epoch: shared.epoch, path: path, files: shared.files)
            runs.append(
                try IndexReader(
                    path: path, files: shared.files, expecting: shared.storeID, open: shared.openRuns))
            commit.addedRuns.append(RunEntry(number: commit.nextNumber, path: relative, fileBytes: UInt64(bytes)))
            commit.nextNumber += 1
        }
        committed.apply(commit)
    }
}
