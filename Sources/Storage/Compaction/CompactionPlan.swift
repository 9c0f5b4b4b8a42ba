/// Young segments of one tenant and day that become final together.
struct CompactionPlan: Sendable, Hashable {
    /// Inputs of one compaction: what it keeps open and in memory grows with them.
    static let maximumInputs = 1024
    /// Traces of one compaction, each counted once an input: what it knows of each takes 40 bytes.
    static let maximumTraces: UInt64 = 512 * 1024
    /// A day is compacted this long after its end, when all that came on it is sealed.
    static let graceNanoseconds: UInt64 = 3_600_000_000_000
    /// So many young segments of a day are compacted before the day is over, however small they are.
    static let crowd = 512

    private struct Key: Hashable {
        var tenant: String
        var day: UInt32
    }

    var tenant: String
    var day: UInt32
    /// By their spans' time, earliest first.
    var inputs: [SegmentEntry]

    /// One segment has nothing to be merged with: it is declared final as it is.
    var isAlone: Bool { inputs.count == 1 }

    /// The most pressing plan: of the oldest day that is due. `nil` when there is nothing to do.
    ///
    /// - Parameter everything: also days that are not over.
    static func next(
        _ segments: some Sequence<SegmentEntry>, now: UInt64, finalBytes: UInt64, everything: Bool
    ) -> CompactionPlan? {
        var young: [Key: [SegmentEntry]] = [:]
        for entry in segments where entry.level == .young {
            young[Key(tenant: entry.tenant, day: entry.day), default: []].append(entry)
        }
        let ordered = young.sorted { ($0.key.day, $0.key.tenant) < ($1.key.day, $1.key.tenant) }
        for (key, entries) in ordered {
            let end = (UInt64(key.day) + 1) * CivilDate.nanosecondsPerDay + graceNanoseconds
            let isDue =
                everything || now >= end || entries.count >= crowd
                || entries.reduce(0) { $0 + $1.fileBytes } >= finalBytes
            if isDue { return CompactionPlan(tenant: key.tenant, day: key.day, inputs: choose(entries, finalBytes)) }
        }
        return nil
    }

    /// As many as may go together, in the order in which they were sealed.
    private static func choose(_ entries: [SegmentEntry], _ finalBytes: UInt64) -> [SegmentEntry] {
        var chosen: [SegmentEntry] = []
        var bytes: UInt64 = 0
        var traces: UInt64 = 0
        for entry in entries.sorted(by: { $0.number < $1.number }) {
            if !chosen.isEmpty, bytes >= finalBytes || traces + entry.traceCount > maximumTraces { break }
            if chosen.count == maximumInputs { break }
            chosen.append(entry)
            bytes += entry.fileBytes
            traces += entry.traceCount
        }
        return chosen.sorted { ($0.earliestStart, $0.number) < ($1.earliestStart, $1.number) }
    }
}
