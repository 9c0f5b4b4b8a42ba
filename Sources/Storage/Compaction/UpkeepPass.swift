/// One pass of the upkeep. A failure of one part is noted, and the others go on.
struct UpkeepPass {
    let shared: StoreShared
    let committer: Committer
    let pace: UpkeepPace
    let now: UInt64
    let expiringAt: UInt64
    let everything: Bool
    var memory: Upkeep.Memory
    var report = UpkeepReport()

    init(
        shared: StoreShared, committer: Committer, pace: UpkeepPace, now: UInt64, expiringAt: UInt64,
        everything: Bool, memory: Upkeep.Memory
    ) {
        self.shared = shared
        self.committer = committer
        self.pace = pace
        self.now = now
        self.expiringAt = expiringAt
        self.everything = everything
        self.memory = memory
    }

    /// - Throws: `.closed`.
    mutating func run(_ progress: (UpkeepStep) -> Void) throws(StoreError) {
        defer {
            shared.removeRetired()
            let today = UInt32(clamping: now / CivilDate.nanosecondsPerDay)
            if let error = shared.stored.removeEmptyDays(before: today - min(today, 1)) { shared.note(error) }
            let levels = levels
            let behind = now - min(now, expiringAt)
            shared.state.withLock { [report] state in
                state.statistics.upkeep.add(report)
                state.statistics.upkeep.expiryBehindNanoseconds = behind
                state.statistics.upkeep.indexRunsByLevel = levels
                if let error = report.errors.last { state.statistics.lastError = error }
            }
        }
        try rebuildRuns()
        try expire(progress)
        shared.removeRetired()
        var skipped = memory.refused
        repeat { try mergeRuns(progress) } while try compactOne(&skipped, progress)
        try recordDamage()
    }

    /// Takes note of what went wrong; only the end of the store ends the pass.
    private mutating func note(_ error: StoreError) throws(StoreError) {
        if error.code == .closed { throw error }
        report.errors.append(error.description)
    }

    /// Puts segments found damaged into the manifest, when no other commit has done so.
    private mutating func recordDamage() throws(StoreError) {
        if shared.stored.unrecordedDamage.isEmpty { return }
        do throws(StoreError) { try committer.commit(ManifestCommit(), abandoning: true) } catch { try note(error) }
    }

    private mutating func rebuildRuns() throws(StoreError) {
        let damaged = shared.stored.damagedRuns
        if damaged.isEmpty { return }
        let committed = committer.committed
        for number in damaged.sorted() {
            guard let run = committed.runs[number] else {
                shared.stored.forgetDamage(run: number)
                continue
            }
            do throws(StoreError) {
                var change = ManifestCommit()
                change.removedRuns = [number]
                change.addedRuns = try IndexRebuild.write(
                    run.segments.compactMap { committed.segments[$0] }, shared, takeNumber: committer.takeNumber)
                try committer.commit(change, abandoning: true)
                shared.stored.forgetDamage(run: number)
                report.runsRebuilt += 1
            } catch { try note(error) }
        }
    }

    private mutating func expire(_ progress: (UpkeepStep) -> Void) throws(StoreError) {
        var retention = Retention(
            shared: shared, committer: committer, pace: pace, now: expiringAt, memory: memory.retention)
        var failure: StoreError?
        do throws(StoreError) { try retention.run(progress) } catch { failure = error }
        memory.retention = retention.memory
        report += retention.report
        if let failure { try note(failure) }
    }

    /// Compacts the day that is due first. Returns whether there may be more to do.
    private mutating func compactOne(
        _ skipped: inout Set<UInt64>, _ progress: (UpkeepStep) -> Void
    ) throws(StoreError) -> Bool {
        let damaged = shared.stored.damaged
        let unreadable = shared.state.withLock { $0.unreadable }
        let committed = committer.committed
        let segments = committed.segments.values.filter { [skipped] entry in
            damaged[entry.number] == nil && unreadable[entry.number] == nil && !skipped.contains(entry.number)
        }
        guard
            let plan = CompactionPlan.next(
                segments, now: now, finalBytes: UInt64(clamping: shared.configuration.finalSegmentBytes),
                everything: everything)
        else { return false }
        progress(
            .compacting(
                tenant: plan.tenant, day: CivilDate(day: plan.day).description, segments: plan.inputs.count,
                spans: plan.inputs.reduce(0) { $0 + $1.spanCount }))
        let compaction = Compaction(shared: shared, committer: committer, pace: pace, now: now)
        do throws(StoreError) {
            report += try compaction.run(plan)
        } catch {
            try note(error)
            // A full disk, or one that fails, is no better a moment later.
            guard [.corrupt, .newerVersion, .notThisStore, .limit].contains(error.code) else { return false }
            // Without the segment that is damaged the rest can go on.
            let found = shared.stored.damaged
            if !plan.inputs.contains(where: { found[$0.number] != nil }) {
                for entry in plan.inputs { memory.refused.insert(entry.number) }
            }
            skipped.formUnion(memory.refused)
        }
        shared.removeRetired()
        return true
    }

    private mutating func mergeRuns(_ progress: (UpkeepStep) -> Void) throws(StoreError) {
        while try mergeOnce(progress) { shared.removeRetired() }
    }

    /// Returns whether there may be more to do.
    private mutating func mergeOnce(_ progress: (UpkeepStep) -> Void) throws(StoreError) -> Bool {
        let committed = committer.committed
        let damaged = shared.stored.damagedRuns
        let runs = committed.runs.values.filter { !damaged.contains($0.number) }
        let dead = IndexMerge.dead(runs, committed.segments)
        do throws(StoreError) {
            if !dead.isEmpty {
                var change = ManifestCommit()
                change.removedRuns = dead
                try committer.commit(change, abandoning: true)
                return true
            }
            guard
                let plan = IndexMerge.next(
                    runs, committed.segments, fanIn: shared.configuration.indexFanIn, everything: everything)
            else { return false }
            progress(.mergingIndex(tenant: plan.tenant, runs: plan.runs.count, rows: plan.liveRows))
            try merge(plan, committed.segments)
            return true
        } catch {
            try note(error)
            return false
        }
    }

    private mutating func merge(
        _ plan: IndexMerge.Plan, _ segments: [UInt64: SegmentEntry]
    ) throws(StoreError) {
        // Listings forget what only segments that are gone had.
        let earliest = segments.values.reduce(UInt64.max) { min($0, $1.earliestStart) }
        let run = try IndexMerge.write(
            plan.runs, tenant: plan.tenant, rows: plan.liveRows, shared: shared, committer: committer, pace: pace,
            earliestStart: earliest
        ) { segments[$0] != nil }
        var change = ManifestCommit()
        change.removedRuns = plan.runs.map(\.number)
        change.addedRuns = [run]
        try committer.commit(change, abandoning: true)
        report.indexMerges += 1
        report.bytesWritten += run.fileBytes
        report.bytesRead += plan.runs.reduce(0) { $0 + $1.fileBytes }
    }

    private var levels: [Int] {
        var levels: [Int] = []
        for run in committer.committed.runs.values {
            let level = Int(run.level)
            if levels.count <= level { levels += Array(repeating: 0, count: level + 1 - levels.count) }
            levels[level] += 1
        }
        return levels
    }
}
