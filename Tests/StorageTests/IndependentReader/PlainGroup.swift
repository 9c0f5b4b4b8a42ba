/// One row group: its dictionaries, its spans, and what helps to find them.
struct PlainGroup {
    struct Trace {
        var id: [UInt8]
        /// Rows of the whole segment.
        var rows: Range<Int>
    }

    let firstRow: Int
    let summary: PlainSegment.Summary
    let blocks: [PlainBlock]
    let strings: PlainStrings
    let shapes: PlainShapes
    let traces: [Trace]
    let transactions: [PlainTransaction]
    let batches: [PlainProvenance]
    private(set) var statistics: [PlainStatistics] = []
    private(set) var filter: PlainFilter?
    private(set) var catalog: PlainCatalog?
    private(set) var spans: [PlainSpan] = []
    private(set) var batchOfRow: [Int] = []
    /// The shape of each row, for the statistics.
    private(set) var shapeOfRow: [Int] = []

    init(_ blocks: [PlainBlock], _ summary: PlainSegment.Summary, firstRow: Int, file: [UInt8], version: UInt32) throws
    {
        let rows = blocks.prefix { $0.kind == .rows }
        var order: [PlainBlock.Kind] = [.shapes, .strings, .traces, .transactions, .provenance]
        if version >= 2 { order += [.statistics, .filter, .catalog] }
        guard blocks.dropFirst(rows.count).map(\.kind) == order else {
            throw PlainError("a group of \(blocks.map(\.kind))")
        }
        let parts = try blocks.dropFirst(rows.count).map { try $0.parts(of: file) }
        self.firstRow = firstRow
        self.summary = summary
        self.blocks = Array(rows)
        strings = try PlainStrings(parts[1].a)
        shapes = try PlainShapes(parts[0].a, strings, version: version)
        traces = try PlainGroup.readTraces(parts[2].a, parts[2].b, firstRow)
        transactions = try PlainTransaction.read(parts[3].a, parts[3].b, traces: traces.map(\.id))
        batches = try PlainProvenance.read(parts[4].a)
        for (index, part) in parts.enumerated() where ![2, 3, 6].contains(index) {
            guard part.b.isEmpty else { throw PlainError("a part B of \(order[index])") }
        }
        var next = firstRow
        for block in rows {
            guard block.firstRow == next, block.rows > 0, block.rows <= 4096 else {
                throw PlainError("a block of \(block.rows) rows from \(block.firstRow), not \(next)")
            }
            let part = try block.parts(of: file)
            let reader = try PlainRows(part.a, part.b, block, self)
            spans += reader.spans
            batchOfRow += reader.batchOfRow
            shapeOfRow += reader.shapeOfRow
            next += block.rows
        }
        guard next == firstRow + summary.spans, traces.last?.rows.upperBound ?? next == next else {
            throw PlainError("rows up to \(next) of \(summary.spans) in the group")
        }
        if version >= 2 {
            statistics = try PlainStatistics.read(parts[5].a, group: summary.earliestStart)
            filter = try PlainFilter(a: parts[6].a, b: parts[6].b)
            catalog = try PlainCatalog(parts[7].a, group: summary.earliestStart)
        }
    }

    private static func readTraces(_ a: [UInt8], _ b: [UInt8], _ firstRow: Int) throws -> [Trace] {
        var source = PlainBytes(a)
        var ids = PlainBytes(b)
        var next = firstRow
        var traces: [Trace] = []
        for _ in 0..<(try source.count()) {
            let count = try source.count()
            guard count > 0 else { throw PlainError("a trace without rows") }
            traces.append(Trace(id: try ids.take(16), rows: next..<next + count))
            next += count
        }
        guard source.isAtEnd, ids.isAtEnd else { throw PlainError("traces end at \(source.position) of \(a.count)") }
        return traces
    }

    func rows(of block: PlainBlock) -> Range<Int> { block.firstRow - firstRow..<block.firstRow - firstRow + block.rows }
}
