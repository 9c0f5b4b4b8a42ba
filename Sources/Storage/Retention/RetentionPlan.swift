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

    /// What the manifest's files take.
    static func bytes(_ committed: ManifestState) -> UInt64 {
        committed.segments.values.reduce(0) { $0 + $1.fileBytes }
            + committed.runs.values.reduce(0) { $0 + $1.fileBytes }
    }
}
