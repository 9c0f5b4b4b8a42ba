/// Which segments are over, by age or because the store is too large.
enum RetentionPlan {
    /// Segments whose days are over: all that came on a day is kept for its class's days in full.
    static func expired(
        _ segments: some Sequence<SegmentEntry>, _ rules: RetentionRules, now: UInt64
    ) -> [SegmentEntry] {
        segments.filter { entry in
            guard let days = rules.keepDays(ofClass: entry.retentionClass) else { return false }
            return (UInt64(entry.day) + 1 + UInt64(days)) * CivilDate.nanosecondsPerDay <= now
        }.sorted { ($0.day, $0.number) < ($1.day, $1.number) }
    }

    /// All segments in the order in which they go when the store is too large: the oldest day first, of a day the
    /// class that is kept shortest.
    static func oldestFirst(_ segments: some Sequence<SegmentEntry>, _ rules: RetentionRules) -> [SegmentEntry] {
        segments.sorted { left, right in
            if left.day != right.day { return left.day < right.day }
            let (a, b) = (rules.length(ofClass: left.retentionClass), rules.length(ofClass: right.retentionClass))
            return a != b ? a < b : left.number < right.number
        }
    }

    /// What the committed files take; of an index run only the share of segments that are still there, for the rest goes
    /// at its next merge.
    static func bytes(_ committed: ManifestState) -> UInt64 {
        var bytes = committed.segments.values.reduce(0) { $0 + $1.fileBytes }
        for run in committed.runs.values where run.rows > 0 {
            let live = run.segments.reduce(0) { $0 + (committed.segments[$1]?.traceCount ?? 0) }
            bytes += UInt64(Double(run.fileBytes) * min(1, Double(live) / Double(run.rows)))
        }
        return bytes
    }

    /// What a trace's row in the index takes, about, once for each segment that has the trace.
    static func indexBytesPerTrace(_ committed: ManifestState) -> Double {
        let rows = committed.runs.values.reduce(0) { $0 + $1.rows }
        let bytes = committed.runs.values.reduce(0) { $0 + $1.fileBytes }
        return rows == 0 ? 0 : Double(bytes) / Double(rows)
    }
}
