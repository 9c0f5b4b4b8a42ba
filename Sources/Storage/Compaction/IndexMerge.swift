import Files

/// Merges of index runs: few runs, however many segments there are, so that a look-up asks few.
enum IndexMerge {
    /// The smallest level's runs have fewer traces than this times the fan-in.
    private static let smallestRows: UInt64 = 256
    static let fanIn: UInt64 = 4
    /// Runs merged at once; each is open meanwhile.
    static let maximumInputs = 16

    /// Runs of about the same size are of one level: one level up has `fanIn` times the traces.
    static func level(rows: UInt64) -> UInt8 {
        var level: UInt8 = 0
        var bound = smallestRows * fanIn
        while rows >= bound, level < 30 {
            level += 1
            bound *= fanIn
        }
        return level
    }

    /// What to merge next, and which segments still count. An empty list of runs: there is nothing to do.
    struct Plan {
        var tenant = ""
        var runs: [RunEntry] = []
        /// Traces of segments that are still there.
        var liveRows: UInt64 = 0
    }

    /// Runs that are of no use any more: none of their segments is there.
    static func dead(_ runs: some Sequence<RunEntry>, _ segments: [UInt64: SegmentEntry]) -> [UInt64] {
        runs.filter { run in !run.segments.contains { segments[$0] != nil } }.map(\.number).sorted()
    }

    /// - Parameter everything: all runs of a tenant into one, where there are several.
    static func next(
        _ runs: some Sequence<RunEntry>, _ segments: [UInt64: SegmentEntry], fanIn: Int, everything: Bool
    ) -> Plan? {
        var tenants: [String: [RunEntry]] = [:]
        for run in runs { tenants[tenant(of: run.path), default: []].append(run) }
        for (tenant, runs) in tenants.sorted(by: { $0.key < $1.key }) {
            let ordered = runs.sorted { $0.number < $1.number }
            let chosen = choose(ordered, segments, fanIn: max(2, fanIn), everything: everything)
            if chosen.isEmpty { continue }
            return Plan(
                tenant: tenant, runs: chosen, liveRows: chosen.reduce(0) { $0 + liveRows($1, segments) })
        }
        return nil
    }

    private static func choose(
        _ runs: [RunEntry], _ segments: [UInt64: SegmentEntry], fanIn: Int, everything: Bool
    ) -> [RunEntry] {
        if everything, runs.count > 1 { return Array(runs.prefix(maximumInputs)) }
        let stale = runs.filter { liveRows($0, segments) * 2 < $0.rows }
        if !stale.isEmpty { return Array(stale.prefix(maximumInputs)) }
        var levels: [UInt8: [RunEntry]] = [:]
        for run in runs { levels[level(rows: run.rows), default: []].append(run) }
        for (_, runs) in levels.sorted(by: { $0.key < $1.key }) where runs.count >= fanIn {
            return Array(runs.prefix(maximumInputs))
        }
        return []
    }

    private static func liveRows(_ run: RunEntry, _ segments: [UInt64: SegmentEntry]) -> UInt64 {
        run.segments.reduce(0) { $0 + (segments[$1]?.traceCount ?? 0) }
    }

    private static func tenant(of path: String) -> String {
        let parts = path.split(separator: "/", maxSplits: 2)
        return parts.count > 1 ? String(parts[1]) : ""
    }

    /// Writes the merge of `runs` to a new file, durable and in nobody's manifest. After an error no file is left, as
    /// far as files can be removed.
    static func write(
        _ runs: [RunEntry], tenant: String, rows: UInt64, shared: StoreShared, committer: Committer,
        pace: UpkeepPace, earliestStart: UInt64 = 0, keeping isLive: (UInt64) -> Bool
    ) throws(StoreError) -> RunEntry {
        var readers: [IndexReader] = []
        for run in runs {
            let path = shared.directory.path + "/" + run.path
            do throws(StoreError) {
                readers.append(
                    try IndexReader(path: path, files: shared.files, expecting: shared.storeID))
            } catch {
                if error.code == .corrupt, error.path == path { shared.stored.noteDamage(run: run.number) }
                throw error
            }
        }
        let number = committer.takeNumber()
        let relative = StoreDirectory.indexPath(tenant: tenant, number: number)
        let path = try shared.directory.place(relative)
        // The bytes of each input are read and about as many written, spread over the rows.
        let bytes = runs.reduce(0) { $0 + Int(clamping: $1.fileBytes) } * 2
        let steps = max(1, Int(clamping: runs.reduce(0) { $0 + $1.rows }) / 4096)
        do throws(StoreError) {
            let summary = try IndexRun.merge(
                readers, keeping: isLive, startingFrom: earliestStart, storeID: shared.storeID, epoch: shared.epoch,
                path: path, files: shared.files
            ) { () throws(StoreError) in try pace.spend(bytes / steps) }
            return RunEntry(
                number: number, path: relative, fileBytes: UInt64(summary.bytes), level: level(rows: rows),
                rows: rows, segments: summary.segmentNumbers)
        } catch {
            for (run, reader) in zip(runs, readers) where error.code == .corrupt && error.path == reader.path {
                shared.stored.noteDamage(run: run.number)
            }
            SegmentRewrite.remove([relative], shared)
            throw error
        }
    }
}
