import Telemetry

/// The last part of a segment: its statistics and its blocks, found through the trailer at the very end.
struct SegmentFooter {
    var headerHash: [UInt8]
    var spanCount: Int
    var duplicateCount: Int
    var refusedTransactionIDs: Int
    var minimumStartNanoseconds: UInt64
    var maximumEndNanoseconds: UInt64
    var blocks: [BlockSummary]

    func encode(to sink: ByteSink) {
        sink.raw(headerHash)
        sink.varint(spanCount)
        sink.varint(duplicateCount)
        sink.varint(refusedTransactionIDs)
        sink.fixed64(minimumStartNanoseconds)
        sink.fixed64(maximumEndNanoseconds)
        sink.varint(blocks.count)
        for block in blocks {
            sink.byte(block.kind.rawValue)
            sink.varint(block.offset)
            sink.varint(block.length)
            sink.fixed32(block.crc32)
            sink.raw(block.sha256)
            sink.varint(block.firstRow)
            sink.varint(block.spanCount)
            sink.fixed64(block.minimumStartNanoseconds)
            sink.fixed64(block.maximumEndNanoseconds)
            sink.fixed64(block.contentSum.word0)
            sink.fixed64(block.contentSum.word1)
            sink.fixed64(block.contentSum.word2)
            sink.fixed64(block.contentSum.word3)
        }
    }

    /// Fewer bytes than any block's entry.
    private static let minimumEntryBytes = 80

    static func decode(
        _ bytes: UnsafeRawBufferPointer, path: String, footerOffset: Int
    ) throws(StoreError) -> SegmentFooter {
        var source = ByteSource(bytes, path: path, what: "the footer at offset \(footerOffset)")
        var footer = SegmentFooter(
            headerHash: Array(try source.raw(32)),
            spanCount: try source.count("spans", limit: SegmentFormat.maximumSpans),
            duplicateCount: try source.count("duplicates", limit: Int(UInt32.max)),
            refusedTransactionIDs: try source.count("refused ids", limit: Int(UInt32.max)),
            minimumStartNanoseconds: try source.fixed64(), maximumEndNanoseconds: try source.fixed64(), blocks: [])
        let count = try source.count("blocks", limit: source.remaining / minimumEntryBytes)
        footer.blocks.reserveCapacity(count)
        var rows: UInt32 = 0
        for _ in 0..<count {
            let at = source.position
            let block = try decodeBlock(&source)
            guard block.length >= SegmentFormat.blockHeaderBytes, block.offset <= footerOffset - block.length else {
                throw source.error("a block of \(block.length) bytes at offset \(block.offset)", at: at)
            }
            if block.kind == .rows {
                guard block.firstRow == rows, block.spanCount > 0, block.spanCount <= SegmentFormat.blockRows else {
                    throw source.error("a block of \(block.spanCount) rows from row \(block.firstRow)", at: at)
                }
                rows += block.spanCount
            }
            footer.blocks.append(block)
        }
        try source.expectEnd()
        guard rows == footer.spanCount else {
            throw source.error("blocks of \(rows) rows together for \(footer.spanCount) spans", at: 0)
        }
        for kind in BlockKind.allCases where kind != .rows {
            guard footer.blocks.filter({ $0.kind == kind }).count == 1 else {
                throw source.error("not exactly one \(kind) block", at: 0)
            }
        }
        return footer
    }

    private static func decodeBlock(_ source: inout ByteSource) throws(StoreError) -> BlockSummary {
        let at = source.position
        guard let kind = BlockKind(rawValue: try source.byte()) else { throw source.error("an unknown kind", at: at) }
        return BlockSummary(
            kind: kind, offset: try source.count("offset", limit: 1 << 48),
            length: try source.count("length", limit: SegmentFormat.maximumBlockBytes + SegmentFormat.blockHeaderBytes),
            crc32: try source.fixed32(), sha256: Array(try source.raw(32)), firstRow: try source.word32("first row"),
            spanCount: try source.word32("span count"), minimumStartNanoseconds: try source.fixed64(),
            maximumEndNanoseconds: try source.fixed64(),
            contentSum: ContentSum(
                word0: try source.fixed64(), word1: try source.fixed64(), word2: try source.fixed64(),
                word3: try source.fixed64()))
    }
}
