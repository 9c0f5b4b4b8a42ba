import Telemetry

/// What was written into a segment: for the manifest, the index and the statistics.
package struct SegmentSummary: Sendable {
    package var info: SegmentHeaderInfo
    package var path: String
    package var fileBytes: Int
    /// Distinct spans stored.
    package var spanCount: Int
    /// Spans left out because an equal one is stored.
    package var duplicateCount: Int
    /// Values that rules named as a transaction's id and that cannot be one.
    package var refusedTransactionIDs: Int
    package var minimumStartNanoseconds: UInt64
    package var latestStartNanoseconds: UInt64
    package var maximumEndNanoseconds: UInt64
    /// Of the distinct spans stored, and of those left out: together, of all that was given.
    package var contentSum: ContentSum
    package var duplicateSum: ContentSum
    package var groups: [RowGroup]
    package var blocks: [BlockSummary]
    package var traces: [TraceLocation]
    package var transactions: [TransactionEntry]
    package var catalog: SegmentCatalog
    /// Bytes on disk by column family: where the space goes.
    package var bytesByFamily: [(family: String, bytes: Int)]
}

/// One block as the footer lists it.
package struct BlockSummary: Hashable, Sendable {
    package var kind: BlockKind
    package var offset: Int
    package var length: Int
    package var crc32: UInt32
    package var sha256: [UInt8]
    package var firstRow: UInt32
    package var spanCount: UInt32
    package var minimumStartNanoseconds: UInt64
    package var maximumEndNanoseconds: UInt64
    package var contentSum: ContentSum
}

/// What a block holds.
package enum BlockKind: UInt8, Sendable, Hashable, CaseIterable {
    case rows = 1
    case strings = 2
    case shapes = 3
    case traces = 4
    case transactions = 5
    case provenance = 6
    case statistics = 7
    case filter = 8
    case catalog = 9
}
