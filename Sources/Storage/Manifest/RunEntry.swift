/// A committed index run.
package struct RunEntry: Sendable, Hashable {
    package var number: UInt64
    /// Relative to the data directory.
    package var path: String
    package var fileBytes: UInt64
    /// Zero for a run made at sealing; one more than its inputs' highest for a merged one.
    package var level: UInt8
    /// Traces in it, each counted once a segment.
    package var rows: UInt64
    /// The segments that it covers, ascending. Some may have left the store since.
    package var segments: [UInt64]

    package init(
        number: UInt64, path: String, fileBytes: UInt64, level: UInt8, rows: UInt64, segments: [UInt64]
    ) {
        self.number = number
        self.path = path
        self.fileBytes = fileBytes
        self.level = level
        self.rows = rows
        self.segments = segments
    }
}
