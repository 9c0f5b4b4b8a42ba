import Telemetry

/// A removal in the making: segment by segment it is decided what goes and what stays, and remainders are written. One
/// commit makes it so.
struct Expiry {
    let shared: StoreShared
    let committer: Committer
    let pace: UpkeepPace
    let now: UInt64
    let reason: RemovalRecord.Reason
    let holds: HoldSet
    private(set) var change = ManifestCommit()
    private(set) var report = UpkeepReport()
    /// Segments of which holds keep everything.
    private(set) var held: [SegmentEntry] = []
    private var finder: KeptTraces

    init(
        shared: StoreShared, committer: Committer, pace: UpkeepPace, now: UInt64, reason: RemovalRecord.Reason,
        holds: HoldSet
    ) {
        self.shared = shared
        self.committer = committer
        self.pace = pace
        self.now = now
        self.reason = reason
        self.holds = holds
        finder = KeptTraces(shared: shared, pace: pace, holds: holds, heedsClasses: reason == .expired)
    }

    /// Adds a segment to the removal, unless all of it is held.
    mutating func decide(_ entry: SegmentEntry) throws(StoreError) {
        guard let segment = shared.state.withLock({ $0.segments[entry.number] }) else { return }
        do throws(StoreError) {
            let (kept, isAll) = try finder.find(in: segment)
            if kept.isEmpty {
                remove(entry, spans: entry.spanCount, sum: entry.contentSum)
            } else if isAll, kept.values.allSatisfy({ $0 == .held }) {
                held.append(entry)
            } else {
                try replace(segment, keeping: kept)
            }
        } catch {
            if error.code == .corrupt, error.path == segment.path {
                // Evidence now: it stays, and what else is over can go.
                shared.stored.noteDamage(segment: entry.number, error)
                report.errors.append(error.description)
                return
            }
            throw error
        }
    }

    private mutating func remove(_ entry: SegmentEntry, spans: UInt64, sum: ContentSum?) {
        change.removedSegments.append(entry.number)
        change.removals.append(RemovalRecord(entry, reason, spans: spans, sum: sum, rule: rule(entry), at: now))
        report.segmentsExpired += 1
        report.spansExpired[entry.retentionClass, default: 0] += spans
    }

    /// Writes what must stay of a segment into a remainder for each class.
    private mutating func replace(
        _ segment: SealedSegment, keeping kept: [TraceID: KeptTraces.Reason]
    ) throws(StoreError) {
        let entry = segment.entry
        let rules = shared.configuration.retention
        var names: Set<String> = [entry.retentionClass]
        for case .longer(let name) in kept.values { names.insert(name) }
        let classes = names.sorted { left, right in
            let (a, b) = (rules.length(ofClass: left), rules.length(ofClass: right))
            return a != b ? a > b : left < right
        }
        let numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($0.element, $0.offset) })
        let reader = try segment.reader(cache: SegmentCache(limitBytes: SegmentRewrite.cacheBytes))
        var schedule = TraceSchedule()
        var rows: UInt64 = 0
        for group in reader.groups.indices {
            for location in try reader.traces(in: group) {
                guard let reason = kept[location.traceID] else { continue }
                let name = if case .longer(let name) = reason { name } else { entry.retentionClass }
                schedule.add(location, input: 0, retentionClass: numbers[name] ?? 0)
                rows += UInt64(location.rowCount)
            }
        }
        schedule.arrange()
        var rewrite = SegmentRewrite(
            [reader],
            to: SegmentRewrite.Target(tenant: entry.tenant, day: entry.day, classes: classes, isRemainder: true),
            shared: shared, committer: committer, pace: pace)
        let outcome = try rewrite.run(schedule)
        change.addedSegments += outcome.segments
        if let run = outcome.run { change.addedRuns.append(run) }
        let left = outcome.duplicates.reduce(0) { $0 + $1.spans }
        guard outcome.segments.reduce(left, { $0 + $1.spanCount }) == rows else {
            throw StoreError(
                .limit, "the remainder of segment \(entry.number) has not the \(rows) spans that it must keep")
        }
        for written in outcome.ledger {
            try shared.configuration.ledger?.willCommit(written, replacing: [entry.path])
        }
        remove(entry, spans: entry.spanCount - rows, sum: entry.contentSum.map { $0.less(outcome.sum) })
        change.removals.append(
            RemovalRecord(entry, .rewritten, spans: rows, sum: outcome.sum, rule: "", at: now))
        report.spansKept += rows
        report.bytesRead += UInt64(outcome.bytesRead)
        report.bytesWritten += UInt64(outcome.bytesWritten)
    }

    /// Removes what was written, when it will not be committed.
    func abandon() {
        SegmentRewrite.remove(change.addedSegments.map(\.path) + change.addedRuns.map(\.path), shared)
    }

    private func rule(_ entry: SegmentEntry) -> String {
        if reason == .storeFull { return "at most \(shared.configuration.maximumBytes ?? 0) bytes" }
        let days = shared.configuration.retention.keepDays(ofClass: entry.retentionClass) ?? 0
        return "\(entry.retentionClass): \(days) days"
    }
}

extension ContentSum {
    /// The sum of what is in this one and not in `other`, a sum of some of its spans.
    func less(_ other: ContentSum) -> ContentSum {
        // The negative of a number modulo 2^256 is its complement and one.
        var difference = self
        difference += ContentSum(word0: ~other.word0, word1: ~other.word1, word2: ~other.word2, word3: ~other.word3)
        difference += ContentSum(word0: 1, word1: 0, word2: 0, word3: 0)
        return difference
    }
}
