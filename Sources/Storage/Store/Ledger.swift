/// Whoever keeps a tamper-evident record of what is stored: told of every block, and asked before anything goes.
public protocol Ledger: Sendable {
    /// Takes note of a segment whose file is durable and about to be committed. An error keeps it from being
    /// committed; it is tried again with another file.
    ///
    /// - Parameter replacing: the files that this one is written from, where it is a rewriting of others.
    func willCommit(_ segment: LedgerSegment, replacing: [String]) throws(StoreError)

    /// Whether the segment file at `segmentFile`, relative to the data directory, may be unlinked; nothing names it any
    /// more. An error keeps it, and the question comes again later.
    func mayUnlink(segmentFile: String) throws(StoreError)
}

/// A segment's blocks as its footer lists them.
public struct LedgerSegment: Sendable, Hashable {
    public struct Block: Sendable, Hashable {
        public var offset: Int
        public var length: Int
        public var sha256: [UInt8]
        public var spans: Int
        /// The sum, modulo 2^256, of the SHA-256 of its distinct spans, little-endian.
        public var contentSum: [UInt8]
    }

    /// Relative to the data directory.
    public var file: String
    public var tenant: String
    public var retentionClass: String
    /// The collector's day of receipt, counted from 1970-01-01.
    public var day: UInt32
    public var blocks: [Block]
}

extension LedgerSegment {
    init(_ entry: SegmentEntry, _ blocks: [BlockSummary]) {
        file = entry.path
        tenant = entry.tenant
        retentionClass = entry.retentionClass
        day = entry.day
        self.blocks = blocks.map { block in
            Block(
                offset: block.offset, length: block.length, sha256: block.sha256, spans: Int(block.spanCount),
                contentSum: block.contentSum.bytes)
        }
    }
}

extension ContentSum {
    /// 32 bytes, little-endian.
    package var bytes: [UInt8] {
        [word0, word1, word2, word3].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
    }
}
