import Files

/// Merges young segments of a day into final ones, one a class, and commits the exchange: nothing that is there is
/// written to, and what was there goes only after the new is durable.
struct Compaction {
    /// Room that ingest needs is left on the disk.
    private static let spareBytes = 256 << 20

    let shared: StoreShared
    let committer: Committer
    let pace: UpkeepPace
    let now: UInt64

    /// - Throws: what is wrong; everything is then as it was. Inputs that are damaged are remembered as such.
    func run(_ plan: CompactionPlan) throws(StoreError) -> UpkeepReport {
        if plan.isAlone {
            var change = ManifestCommit()
            change.finishedSegments = plan.inputs.map(\.number)
            try committer.commit(change, abandoning: true)
            return UpkeepReport(segmentsFinished: 1)
        }
        try checkSpace(plan)
        let sealed = shared.state.withLock { state in plan.inputs.compactMap { state.segments[$0.number] } }
        guard sealed.count == plan.inputs.count else {
            throw StoreError(.limit, "a segment of day \(CivilDate(day: plan.day)) left the store meanwhile")
        }
        defer { withExtendedLifetime(sealed) {} }
        do throws(StoreError) { return try merge(plan, sealed) } catch {
            for segment in sealed where error.code == .corrupt && error.path == segment.path {
                shared.stored.noteDamage(segment: segment.entry.number, error)
            }
            throw error
        }
    }

    private func checkSpace(_ plan: CompactionPlan) throws(StoreError) {
        let needed = plan.inputs.reduce(0) { $0 + Int(clamping: $1.fileBytes) }
        let free: Int
        do throws(FileError) { free = try shared.files.freeBytes(at: shared.directory.path) } catch {
            throw StoreError(error)
        }
        guard free >= needed, free - needed >= min(needed, Compaction.spareBytes) else {
            throw StoreError(
                .full,
                "compaction of \(needed) bytes must wait: \(free) bytes are free on the disk, and ingest needs room",
                path: shared.directory.path)
        }
    }

    private func merge(_ plan: CompactionPlan, _ sealed: [SealedSegment]) throws(StoreError) -> UpkeepReport {
        let cache = SegmentCache(limitBytes: SegmentRewrite.cacheBytes)
        var readers: [SegmentReader] = []
        for segment in sealed { readers.append(try segment.reader(cache: cache)) }
        let rules = shared.configuration.retention
        let classes = Set(plan.inputs.map(\.retentionClass)).sorted { left, right in
            let (a, b) = (rules.length(ofClass: left), rules.length(ofClass: right))
            return a != b ? a > b : left < right
        }
        var schedule = TraceSchedule()
        schedule.reserve(plan.inputs.reduce(0) { $0 + Int(clamping: $1.traceCount) })
        for (input, reader) in readers.enumerated() {
            let number = classes.firstIndex(of: plan.inputs[input].retentionClass) ?? 0
            for group in reader.groups.indices {
                for location in try reader.traces(in: group) {
                    schedule.add(location, input: input, retentionClass: number)
                }
            }
        }
        schedule.arrange()
        var rewrite = SegmentRewrite(
            readers,
            to: SegmentRewrite.Target(tenant: plan.tenant, day: plan.day, classes: classes, isRemainder: false),
            shared: shared, committer: committer, pace: pace)
        let outcome = try rewrite.run(schedule)
        do throws(StoreError) {
            try check(outcome, readers)
            for segment in outcome.ledger {
                try shared.configuration.ledger?.willCommit(segment, replacing: plan.inputs.map(\.path))
            }
        } catch {
            SegmentRewrite.remove(outcome.segments.map(\.path) + [outcome.run].compactMap { $0?.path }, shared)
            throw error
        }
        try committer.commit(change(plan, outcome), abandoning: true)
        var report = UpkeepReport(compactions: 1, segmentsRewritten: plan.inputs.count)
        report.bytesRead = UInt64(outcome.bytesRead)
        report.bytesWritten = UInt64(outcome.bytesWritten)
        report.duplicatesRemoved = outcome.duplicates.reduce(0) { $0 + $1.spans }
        return report
    }

    /// What was read must be what was written and what was left out as equal, span for span.
    private func check(_ outcome: SegmentRewrite.Outcome, _ readers: [SegmentReader]) throws(StoreError) {
        var sum = ContentSum()
        for reader in readers { sum += reader.contentSum }
        if sum == outcome.sum { return }
        // One of the inputs is not what its footer says, and which one is found by reading it whole.
        for reader in readers { try reader.verify() }
        throw StoreError(
            .corrupt, "the spans of \(readers.count) segments do not add up after compaction; the segments stay")
    }

    private func change(_ plan: CompactionPlan, _ outcome: SegmentRewrite.Outcome) -> ManifestCommit {
        var change = ManifestCommit()
        change.addedSegments = outcome.segments
        change.removedSegments = plan.inputs.map(\.number).sorted()
        if let run = outcome.run { change.addedRuns = [run] }
        for entry in plan.inputs {
            change.removals.append(
                RemovalRecord(entry, .rewritten, spans: entry.spanCount, sum: entry.contentSum, rule: "", at: now))
        }
        for (name, spans, sum) in outcome.duplicates {
            change.removals.append(
                RemovalRecord(
                    tenant: plan.tenant, retentionClass: name, day: plan.day, reason: .duplicate, segments: 0,
                    spans: spans, rule: "", firstNanoseconds: now, lastNanoseconds: now, contentSum: sum))
        }
        return change
    }
}

extension RemovalRecord {
    /// What one segment leaves behind.
    init(
        _ entry: SegmentEntry, _ reason: Reason, spans: UInt64, sum: ContentSum?, rule: String, at now: UInt64
    ) {
        self.init(
            tenant: entry.tenant, retentionClass: entry.retentionClass, day: entry.day, reason: reason, segments: 1,
            spans: spans, rule: rule, firstNanoseconds: now, lastNanoseconds: now, contentSum: sum ?? ContentSum())
    }
}
