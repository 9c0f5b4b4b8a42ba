import Telemetry

/// The last part of a segment: its numbers, its groups and its blocks, found through the trailer at the very end.
struct SegmentFooter {
    var headerHash: [UInt8]
    var spanCount = 0
    var duplicateCount = 0
    var refusedTransactionIDs = 0
    var minimumStartNanoseconds = UInt64.max
    var maximumEndNanoseconds: UInt64 = 0
    var duplicateSum = ContentSum()
    var groups: [RowGroup] = []
    var blocks: [BlockSummary] = []

    init(headerHash: [UInt8]) { self.headerHash = headerHash }

    /// Zero where version 1 does not tell.
    var latestStartNanoseconds: UInt64 { groups.reduce(0) { max($0, $1.latestStart) } }

    var contentSum: ContentSum {
        var sum = ContentSum()
        for block in blocks { sum += block.contentSum }
        return sum
    }

    mutating func add(_ draft: GroupDraft) {
        spanCount += draft.group.spanCount
        duplicateCount += draft.order.duplicates
        duplicateSum += draft.order.duplicateSum
        refusedTransactionIDs += draft.refused
        minimumStartNanoseconds = min(minimumStartNanoseconds, draft.group.earliestStart)
        maximumEndNanoseconds = max(maximumEndNanoseconds, draft.group.latestEnd)
        groups.append(draft.group)
    }

    /// The footer that starts at `offset`, and the trailer.
    func encode(at offset: Int) throws(StoreError) -> ByteSink {
        let sink = ByteSink(capacity: 1024 + blocks.count * 128)
        encode(to: sink)
        let length = sink.count
        guard length <= SegmentFormat.maximumFooterBytes else {
            throw StoreError(
                .limit, "the footer would have \(length) bytes, more than \(SegmentFormat.maximumFooterBytes)")
        }
        let crc = Frame.checksum(sink.bytes)
        let digest = ContentHash.digest(sink.bytes)
        sink.fixed64(UInt64(offset))
        sink.fixed32(UInt32(length))
        sink.fixed32(crc)
        sink.raw(digest)
        sink.raw(SegmentFormat.endMagic)
        return sink
    }

    private func encode(to sink: ByteSink) {
        sink.raw(headerHash)
        sink.varint(spanCount)
        sink.varint(duplicateCount)
        sink.varint(refusedTransactionIDs)
        sink.fixed64(minimumStartNanoseconds)
        sink.fixed64(maximumEndNanoseconds)
        sink.sum(duplicateSum)
        sink.varint(groups.count)
        for group in groups {
            sink.varint(group.spanCount)
            sink.varint(group.blocks.count)
            sink.fixed64(group.earliestStart)
            sink.fixed64(group.latestStart)
            sink.fixed64(group.latestEnd)
        }
        sink.varint(blocks.count)
        for block in blocks {
            sink.byte(block.kind.rawValue)
            sink.varint(block.offset)
            sink.varint(block.length)
            sink.fixed32(block.crc32)
            sink.raw(block.sha256)
            if block.kind != .rows { continue }
            sink.varint(block.firstRow)
            sink.varint(block.spanCount)
            sink.fixed64(block.minimumStartNanoseconds)
            sink.fixed64(block.maximumEndNanoseconds)
            sink.sum(block.contentSum)
        }
    }
}
