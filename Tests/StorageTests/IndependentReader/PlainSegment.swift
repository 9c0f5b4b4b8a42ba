/// A whole segment file, read as `Schemas/segment.md` describes it and without any of the product's own code.
struct PlainSegment {
    /// What the footer says of a row group.
    struct Summary {
        var spans: Int
        var blocks: Int
        var earliestStart: UInt64
        var latestStart: UInt64
        var latestEnd: UInt64
    }

    let version: UInt32
    let storeID: [UInt8]
    let epoch: UInt64
    let number: UInt64
    let day: UInt32
    let tenant: [UInt8]
    let retentionClass: [UInt8]
    let spanCount: Int
    let duplicates: Int
    let refusedTransactions: Int
    let earliestStart: UInt64
    let latestEnd: UInt64
    let duplicateSum: [UInt8]?
    let summaries: [Summary]
    let blocks: [PlainBlock]
    private(set) var groups: [PlainGroup] = []

    init(_ file: [UInt8]) throws {
        var header = PlainBytes(file)
        guard try header.take(8) == Array("WAYBLSEG".utf8) else { throw PlainError("no segment") }
        version = try header.u32()
        guard try header.u32() == PlainChecksums.crc32(file.prefix(12)) else { throw PlainError("CRC-32 of the start") }
        guard version == 1 || version == 2 else { throw PlainError("version \(version)") }
        let headerLength = Int(try header.u32())
        storeID = try header.take(16)
        epoch = try header.u64()
        number = try header.u64()
        day = try header.u32()
        tenant = try header.take(Int(try header.u16()))
        retentionClass = try header.take(Int(try header.u16()))
        let covered = header.position
        guard try header.u32() == PlainChecksums.crc32(file.prefix(covered)), header.position == headerLength else {
            throw PlainError("the header of \(headerLength) bytes")
        }

        var trailer = PlainBytes(file, at: max(0, file.count - 56))
        let footerOffset = Int(clamping: try trailer.u64())
        let footerLength = Int(try trailer.u32())
        let crc32 = try trailer.u32()
        let sha256 = try trailer.take(32)
        guard try trailer.take(8) == Array("WAYBLEND".utf8), trailer.isAtEnd else { throw PlainError("no trailer") }
        guard footerOffset >= headerLength, footerOffset + footerLength == file.count - 56 else {
            throw PlainError("a footer at \(footerOffset) of \(footerLength) bytes")
        }
        let footerBytes = Array(file[footerOffset..<file.count - 56])
        guard PlainChecksums.crc32(footerBytes) == crc32, PlainChecksums.sha256(footerBytes) == sha256 else {
            throw PlainError("the footer's checksums")
        }

        var footer = PlainBytes(footerBytes)
        guard try footer.take(32) == PlainChecksums.sha256(Array(file.prefix(headerLength))) else {
            throw PlainError("SHA-256 of the header")
        }
        spanCount = try footer.count()
        duplicates = try footer.count(atMost: 1 << 40)
        refusedTransactions = try footer.count(atMost: 1 << 40)
        earliestStart = try footer.u64()
        latestEnd = try footer.u64()
        var summaries: [Summary] = []
        if version == 1 {
            duplicateSum = nil
        } else {
            duplicateSum = try footer.take(32)
            for _ in 0..<(try footer.count()) {
                summaries.append(
                    Summary(
                        spans: try footer.count(), blocks: try footer.count(), earliestStart: try footer.u64(),
                        latestStart: try footer.u64(), latestEnd: try footer.u64()))
            }
        }
        var blocks: [PlainBlock] = []
        for _ in 0..<(try footer.count()) { blocks.append(try PlainBlock(&footer, version: version)) }
        guard footer.isAtEnd else { throw PlainError("the footer ends at \(footer.position)") }
        if version == 1 {
            summaries = [
                Summary(
                    spans: spanCount, blocks: blocks.count, earliestStart: earliestStart, latestStart: 0,
                    latestEnd: latestEnd)
            ]
        }
        self.summaries = summaries
        self.blocks = blocks
        try readGroups(file, from: headerLength, to: footerOffset)
    }

    private mutating func readGroups(_ file: [UInt8], from start: Int, to end: Int) throws {
        var offset = start
        for block in blocks {
            guard block.offset == offset else { throw PlainError("a block at \(block.offset), not \(offset)") }
            offset += block.length
        }
        guard offset == end else { throw PlainError("blocks up to \(offset), not \(end)") }
        var nextBlock = 0
        var nextRow = 0
        for summary in summaries {
            let its = Array(blocks[nextBlock..<nextBlock + summary.blocks])
            let group = try PlainGroup(its, summary, firstRow: nextRow, file: file, version: version)
            groups.append(group)
            nextBlock += summary.blocks
            nextRow += summary.spans
        }
        guard nextBlock == blocks.count, nextRow == spanCount else { throw PlainError("blocks or spans of no group") }
    }

    /// Every span in row order.
    var spans: [PlainSpan] { groups.flatMap(\.spans) }

    /// The batch that each span came in, in row order.
    var provenance: [PlainProvenance] { groups.flatMap { group in group.batchOfRow.map { group.batches[$0] } } }

    var contentSum: [UInt8] {
        blocks.reduce(PlainContent.zero) { PlainContent.sum($0, $1.contentSum) }
    }
}
