/// How far a segment has come: a young one may be replaced once, by compaction; a final one stays until its retention
/// ends.
package enum SegmentLevel: UInt8, Sendable, Hashable {
    case young = 0
    case final = 1
}

/// A committed segment, as the manifest knows it without opening the file.
package struct SegmentEntry: Sendable, Hashable {
    package var number: UInt64
    package var tenant: String
    package var retentionClass: String
    /// The collector's day of receipt, counted from 1970-01-01.
    package var day: UInt32
    package var level: SegmentLevel
    /// What a hold or a longer class kept of a segment whose time was over.
    package var isRemainder = false
    package var fileBytes: UInt64
    package var spanCount: UInt64
    /// How many rows it has in the index: one a trace.
    package var traceCount: UInt64
    /// Of its spans' own times, Unix nanoseconds.
    package var earliestStart: UInt64
    package var latestStart: UInt64
    package var latestEnd: UInt64
    /// Of all its spans; `nil` where the manifest was written before sums were in it and the file was not readable.
    package var contentSum: ContentSum?

    package init(
        number: UInt64, tenant: String, retentionClass: String, day: UInt32, level: SegmentLevel,
        isRemainder: Bool = false, fileBytes: UInt64, spanCount: UInt64, traceCount: UInt64, earliestStart: UInt64,
        latestStart: UInt64, latestEnd: UInt64, contentSum: ContentSum?
    ) {
        self.number = number
        self.tenant = tenant
        self.retentionClass = retentionClass
        self.day = day
        self.level = level
        self.isRemainder = isRemainder
        self.fileBytes = fileBytes
        self.spanCount = spanCount
        self.traceCount = traceCount
        self.earliestStart = earliestStart
        self.latestStart = latestStart
        self.latestEnd = latestEnd
        self.contentSum = contentSum
    }

    /// Relative to the data directory.
    package var path: String {
        StoreDirectory.segmentPath(tenant: tenant, retentionClass: retentionClass, day: day, number: number)
    }
}
