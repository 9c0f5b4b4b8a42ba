import Files

/// What is on the disk against what the manifest says, at the start: names and sizes, no file is opened for it. One bad
/// file costs its own spans and no others.
struct StoreInventory {
    /// Segments that are missing or cut short.
    private(set) var unreadable: [UInt64: StoreError] = [:]

    /// Removes what no commit knows. Runs that are gone are made again from their segments, and `committed` changes
    /// with them.
    init(_ committed: inout ManifestState, _ shared: StoreShared) throws(StoreError) {
        if let highest = try StoreInventory.removeOrphans(committed, shared) {
            // The number of a file that is still there must not be given again.
            var change = committed.nextCommit
            change.nextNumber = max(change.nextNumber, highest + 1)
            committed.apply(change)
        }
        try ManifestUpgrade.complete(&committed, shared.stored)
        for entry in committed.segments.values {
            if let error = try StoreInventory.problem(entry.path, entry.fileBytes, shared) {
                unreadable[entry.number] = error
            }
        }
        var broken: [UInt64] = []
        for entry in committed.runs.values {
            let problem = try StoreInventory.problem(entry.path, entry.fileBytes, shared)
            if entry.segments.isEmpty || problem != nil { broken.append(entry.number) }
        }
        if broken.isEmpty { return }
        let unreadable = unreadable
        var change = committed.nextCommit
        change.removedRuns = broken.sorted()
        let covered = Set(committed.runs.values.lazy.filter { !broken.contains($0.number) }.flatMap(\.segments))
        let lost = committed.segments.values.filter { !covered.contains($0.number) && unreadable[$0.number] == nil }
        change.addedRuns = try IndexRebuild.write(lost, shared) {
            defer { change.nextNumber += 1 }
            return change.nextNumber
        }
        committed.apply(change)
    }

    /// Why a file cannot be what was committed; `nil` when it is there with all its bytes.
    private static func problem(
        _ path: String, _ bytes: UInt64, _ shared: StoreShared
    ) throws(StoreError) -> StoreError? {
        let whole = shared.directory.path + "/" + path
        let size: Int
        do throws(FileError) { size = try shared.files.size(of: whole) } catch {
            let failure = StoreError(error)
            // Whoever may not look knows nothing about the file.
            if failure.code == .permissionDenied { throw failure }
            return failure
        }
        if size == Int(clamping: bytes) { return nil }
        return StoreError(
            .corrupt, "it has \(size) bytes, and \(bytes) were committed: it is torn or was changed", path: whole)
    }

    /// Removes segments, runs and log files that no commit knows. A segment or run that cannot go now is tried again by
    /// the upkeep; the highest number of these is returned.
    private static func removeOrphans(
        _ committed: ManifestState, _ shared: StoreShared
    ) throws(StoreError) -> UInt64? {
        let directory = shared.directory
        var known = Set(committed.segments.values.lazy.map(\.path))
        for run in committed.runs.values { known.insert(run.path) }
        let stored = try directory.storedFiles()
        // The first manifest is durable before anything else is written: whatever is there without one was committed by
        // a manifest that is gone.
        if committed.serial == 0 {
            if let stray = stored.first {
                throw StoreError(.corrupt, "there are segments, and the manifest that names them is gone", path: stray)
            }
            if try directory.hasLog(from: 1) {
                throw StoreError(
                    .corrupt, "there is a log, and the manifest that says where it starts is gone", path: directory.log)
            }
        }
        var left: UInt64?
        for path in stored where !known.contains(path) {
            do throws(StoreError) { try shared.stored.unlink(path) } catch {
                let number = StoreDirectory.number(of: path) ?? 0
                shared.note(error)
                shared.stored.retire(path, number: number)
                left = max(left ?? 0, number)
            }
        }
        do throws(FileError) {
            for name in try directory.files.list(directory.log) {
                guard let number = LogWriter.number(name), number < committed.logFrom,
                    !committed.keptLogFiles.contains(number)
                else { continue }
                try directory.files.remove(directory.log + "/" + name)
            }
        } catch { throw StoreError(error) }
        return left
    }

    /// Puts it before the queries.
    func show(_ committed: ManifestState, _ shared: StoreShared) {
        let stored = shared.stored
        let paths = committed.segments.mapValues { stored.directory.path + "/" + $0.path }
        stored.knowDamage(committed.quarantine) { paths[$0] }
        var segments: [UInt64: SealedSegment] = [:]
        segments.reserveCapacity(committed.segments.count)
        for entry in committed.segments.values where unreadable[entry.number] == nil {
            segments[entry.number] = SealedSegment(entry, stored)
        }
        let runs = committed.runs.values.sorted { $0.number < $1.number }.map { SealedRun($0, stored) }
        shared.state.withLock { [segments] state in
            state.statistics.count(committed.whole, state)
            state.statistics.sealedSpans = committed.segments.values.reduce(0) { $0 + $1.spanCount }
            state.statistics.unreadableSegments = unreadable.count
            state.statistics.lastError = unreadable.min { $0.key < $1.key }?.value.description
            state.segments = segments
            state.runs = runs
            state.unreadable = unreadable
        }
    }
}
