/// A committed segment.
struct SegmentEntry: Sendable, Hashable {
    var number: UInt64
    /// Relative to the data directory.
    var path: String
    var fileBytes: UInt64
    var spanCount: UInt64
}

/// A committed index run.
struct RunEntry: Sendable, Hashable {
    var number: UInt64
    /// Relative to the data directory.
    var path: String
    var fileBytes: UInt64
}
