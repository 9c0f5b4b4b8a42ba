import Telemetry

extension SegmentFooter {
    /// Fewer bytes than any block's or group's entry.
    private static let minimumEntryBytes = 26

    static func decode(
        _ bytes: UnsafeRawBufferPointer, path: String, footerOffset: Int, version: UInt32
    ) throws(StoreError) -> SegmentFooter {
        var source = ByteSource(bytes, path: path, what: "the footer at offset \(footerOffset)")
        var footer = SegmentFooter(headerHash: Array(try source.raw(32)))
        footer.spanCount = try source.count("spans", limit: SegmentFormat.maximumSpans)
        footer.duplicateCount = try source.count("duplicates", limit: 1 << 48)
        footer.refusedTransactionIDs = try source.count("refused ids", limit: 1 << 48)
        footer.minimumStartNanoseconds = try source.fixed64()
        footer.maximumEndNanoseconds = try source.fixed64()
        if version >= 2 {
            footer.duplicateSum = try source.sum()
            try footer.decodeGroups(&source)
        }
        try footer.decodeBlocks(&source, footerOffset, version: version)
        try source.expectEnd()
        if version == 1 {
            footer.groups = [
                RowGroup(
                    rows: 0..<footer.spanCount, blocks: footer.blocks.indices, rowBlockCount: 0, firstRowBlock: 0,
                    earliestStart: footer.minimumStartNanoseconds, latestStart: footer.maximumStartOfVersion1,
                    latestEnd: footer.maximumEndNanoseconds)
            ]
        }
        try footer.checkGroups(source, version: version)
        return footer
    }

    /// Version 1 does not say when the last span started: any time.
    private var maximumStartOfVersion1: UInt64 { spanCount == 0 ? 0 : .max }

    private mutating func decodeGroups(_ source: inout ByteSource) throws(StoreError) {
        let count = try source.count(
            "groups", limit: min(SegmentFormat.maximumGroups, source.remaining / SegmentFooter.minimumEntryBytes))
        var row = 0
        var block = 0
        for _ in 0..<count {
            let spans = try source.count(
                "spans of a group", limit: min(SegmentFormat.maximumGroupSpans, spanCount - row))
            let blocks = try source.count("blocks of a group", limit: source.remaining)
            groups.append(
                RowGroup(
                    rows: row..<row + spans, blocks: block..<block + blocks, rowBlockCount: 0, firstRowBlock: 0,
                    earliestStart: try source.fixed64(), latestStart: try source.fixed64(),
                    latestEnd: try source.fixed64()))
            row += spans
            block += blocks
        }
    }

    private mutating func decodeBlocks(
        _ source: inout ByteSource, _ footerOffset: Int, version: UInt32
    ) throws(StoreError) {
        let count = try source.count("blocks", limit: source.remaining / SegmentFooter.minimumEntryBytes)
        blocks.reserveCapacity(count)
        var rows = 0
        for _ in 0..<count {
            let at = source.position
            let block = try SegmentFooter.decodeBlock(&source, version: version)
            guard block.length >= SegmentFormat.blockHeaderBytes, block.offset <= footerOffset - block.length else {
                throw source.error("a block of \(block.length) bytes at offset \(block.offset)", at: at)
            }
            if block.kind == .rows {
                guard Int(block.firstRow) == rows, block.spanCount > 0, block.spanCount <= SegmentFormat.blockRows
                else { throw source.error("a block of \(block.spanCount) rows from row \(block.firstRow)", at: at) }
                rows += Int(block.spanCount)
            }
            blocks.append(block)
        }
        guard rows == spanCount else {
            throw source.error("blocks of \(rows) rows together for \(spanCount) spans", at: 0)
        }
    }

    private static func decodeBlock(
        _ source: inout ByteSource, version: UInt32
    ) throws(StoreError) -> BlockSummary {
        let at = source.position
        guard let kind = BlockKind(rawValue: try source.byte()), kind.firstVersion <= version else {
            throw source.error("an unknown kind", at: at)
        }
        var block = BlockSummary(
            kind: kind, offset: try source.count("offset", limit: 1 << 48),
            length: try source.count("length", limit: SegmentFormat.maximumBlockBytes + SegmentFormat.blockHeaderBytes),
            crc32: try source.fixed32(), sha256: Array(try source.raw(32)), firstRow: 0, spanCount: 0,
            minimumStartNanoseconds: 0, maximumEndNanoseconds: 0, contentSum: ContentSum())
        if kind != .rows && version >= 2 { return block }
        block.firstRow = try source.word32("first row")
        block.spanCount = try source.word32("span count")
        block.minimumStartNanoseconds = try source.fixed64()
        block.maximumEndNanoseconds = try source.fixed64()
        block.contentSum = try source.sum()
        return block
    }

    /// Each group has its rows, then one block of each other kind; together they are all blocks.
    private mutating func checkGroups(_ source: ByteSource, version: UInt32) throws(StoreError) {
        var firstRowBlock = 0
        for index in groups.indices {
            let group = groups[index]
            guard group.blocks.upperBound <= blocks.count else {
                throw source.error("groups of more than \(blocks.count) blocks", at: 0)
            }
            let own = blocks[group.blocks]
            let rowBlocks = own.prefix { $0.kind == .rows }
            let spans = rowBlocks.reduce(0) { $0 + Int($1.spanCount) }
            guard spans == group.spanCount else {
                throw source.error("blocks of \(spans) rows for a group of \(group.spanCount) spans", at: 0)
            }
            for kind in BlockKind.allCases where kind != .rows && kind.firstVersion <= version {
                guard own.count(where: { $0.kind == kind }) == 1 else {
                    throw source.error("not exactly one \(kind) block in group \(index)", at: 0)
                }
            }
            groups[index].rowBlockCount = rowBlocks.count
            groups[index].firstRowBlock = firstRowBlock
            firstRowBlock += rowBlocks.count
        }
        guard groups.last?.blocks.upperBound ?? 0 == blocks.count, groups.last?.rows.upperBound ?? 0 == spanCount
        else { throw source.error("groups of fewer than \(blocks.count) blocks and \(spanCount) spans", at: 0) }
    }
}

extension BlockKind {
    /// The version of the format that brought it.
    fileprivate var firstVersion: UInt32 {
        switch self {
        case .rows, .strings, .shapes, .traces, .transactions, .provenance: 1
        case .statistics, .filter, .catalog: 2
        }
    }
}

extension ByteSink {
    func sum(_ sum: ContentSum) {
        fixed64(sum.word0)
        fixed64(sum.word1)
        fixed64(sum.word2)
        fixed64(sum.word3)
    }
}

extension ByteSource {
    mutating func sum() throws(StoreError) -> ContentSum {
        ContentSum(
            word0: try fixed64(), word1: try fixed64(), word2: try fixed64(), word3: try fixed64())
    }
}
