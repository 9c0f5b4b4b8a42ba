import Telemetry

/// A row group on its way to bytes: rows ordered, columns planned, then block after block.
struct GroupDraft {
    let order: SegmentOrder
    private(set) var group: RowGroup
    private(set) var families = FamilySizes()
    private let segment: SegmentRows
    private let tables: SegmentTables
    private let provenance: [Provenance]
    private let rules: TransactionRules
    private let scan: TransactionScan
    private var statistics: [BlockStatistics] = []
    private var catalog = SegmentCatalog()

    /// `firstRow` and `firstRowBlock` say how much the segment has before this group.
    init(
        _ gatherer: SegmentGatherer, provenance: [Provenance], rules: TransactionRules, firstRow: Int,
        firstRowBlock: Int
    ) {
        segment = gatherer.rows
        tables = gatherer.tables
        order = SegmentOrder(segment, provenance)
        self.provenance = ProvenanceList.compact(provenance, of: segment.rows)
        self.rules = rules
        scan = TransactionScan(segment, tables, order, rules)
        group = RowGroup(
            rows: firstRow..<firstRow + order.order.count, blocks: 0..<0, rowBlockCount: order.blocks.count,
            firstRowBlock: firstRowBlock, earliestStart: .max, latestStart: 0, latestEnd: 0)
        for row in 0..<order.order.count {
            let source = segment.rows.base + Int(order.order[row])
            group.earliestStart = min(group.earliestStart, source.pointee.start)
            group.latestStart = max(group.latestStart, source.pointee.start)
            group.latestEnd = max(group.latestEnd, source.pointee.end)
        }
    }

    var refused: Int { scan.refused }

    mutating func write(to output: SegmentOutput) throws(StoreError) {
        let firstBlock = output.blocks.count
        let strings = FileStrings(tables)
        let slots = KeySlots(tables.layouts.fields)
        let values = ValueCollector(tables, slots)
        let times = shapeTimes()
        values.addShapes(times, segment)
        values.addRare(segment, order)
        catalog = values.operations(times, segment)
        let names = tables.foldNames(segment.rows)
        let relations = RowRelations(segment, tables, order, slots, epochStart: group.earliestStart)
        let columns = ColumnSet(segment, tables, order, relations, values, names: names)
        values.addKeys(to: &catalog)
        var encoder = RowBlockEncoder(
            segment: segment, tables: tables, order: order, relations: relations, strings: strings, columns: columns)
        for block in order.blocks {
            encoder.encode(block)
            statistics.append(encoder.statistics)
            try output.append(.rows, plain: encoder.plain, raw: encoder.bits.buffer) { summary in
                describe(block, &summary)
            }
        }
        families = encoder.families
        try writeDictionaries(encoder.columns, strings, to: output)
        try writePruning(values, to: output)
        group.blocks = firstBlock..<output.blocks.count
    }

    /// When the first and the last span of each shape starts.
    private func shapeTimes() -> [SegmentCatalog.Times] {
        var times = [SegmentCatalog.Times](
            repeating: SegmentCatalog.Times(earliest: .max, latest: 0), count: tables.shapes.count)
        for row in 0..<order.order.count {
            let source = segment.rows.base + Int(order.order[row])
            let shape = Int(source.pointee.shape)
            times[shape].earliest = min(times[shape].earliest, source.pointee.start)
            times[shape].latest = max(times[shape].latest, source.pointee.start)
        }
        return times
    }

    private func describe(_ block: SegmentOrder.Block, _ summary: inout BlockSummary) {
        summary.firstRow = UInt32(group.rows.lowerBound + block.firstRow)
        summary.spanCount = UInt32(block.rowCount)
        summary.minimumStartNanoseconds = .max
        for row in block.firstRow..<block.firstRow + block.rowCount {
            let index = Int(order.order[row])
            let source = segment.rows.base + index
            summary.minimumStartNanoseconds = min(summary.minimumStartNanoseconds, source.pointee.start)
            summary.maximumEndNanoseconds = max(summary.maximumEndNanoseconds, source.pointee.end)
            summary.contentSum += segment.hashes[index]
        }
    }

    private func writeDictionaries(
        _ columns: ColumnSet, _ strings: FileStrings, to output: SegmentOutput
    ) throws(StoreError) {
        let plain = ByteSink(capacity: 1 << 16)
        let raw = ByteSink(capacity: 1 << 16)
        func write(_ kind: BlockKind) throws(StoreError) {
            try output.append(kind, plain: plain, raw: raw.buffer)
            plain.removeAll()
            raw.removeAll()
        }
        DictionaryBlocks.encodeShapes(tables, columns, strings, to: plain)
        try write(.shapes)
        strings.encode(to: plain)
        try write(.strings)
        DictionaryBlocks.encodeTraces(order.traces, plain: plain, raw: raw)
        try write(.traces)
        DictionaryBlocks.encodeTransactions(scan, revision: rules.revision, plain: plain, raw: raw)
        try write(.transactions)
        DictionaryBlocks.encodeProvenance(provenance, to: plain)
        try write(.provenance)
    }

    /// What lets a search pass over the group or its blocks, and what listings are made of.
    private func writePruning(_ values: ValueCollector, to output: SegmentOutput) throws(StoreError) {
        let plain = ByteSink(capacity: 1 << 12)
        let none = GrowingBuffer<UInt8>(capacity: 0)
        StatisticsBlock.encode(statistics, earliest: group.earliestStart, to: plain)
        try output.append(.statistics, plain: plain, raw: none)
        plain.removeAll()
        let filter = ByteSink()
        filter.raw(values.hashes.encoded())
        try output.append(.filter, plain: plain, raw: filter.buffer)
        CatalogBlock.encode(catalog, earliest: group.earliestStart, to: plain)
        try output.append(.catalog, plain: plain, raw: none)
    }

    /// What the group brings to the index, with rows and blocks counted through the segment.
    func entries() -> SegmentEntries {
        let traces = order.traces.map { trace in
            var trace = trace
            trace.firstRow += UInt32(group.rows.lowerBound)
            trace.block += UInt32(group.firstRowBlock)
            return trace
        }
        let transactions = scan.found.map { entry in
            TransactionEntry(
                key: TransactionKey(
                    kind: scan.kinds[entry.kind], value: String(decoding: entry.value, as: UTF8.self)),
                traceID: order.traces[Int(entry.trace)].traceID, rulesRevision: rules.revision)
        }
        return SegmentEntries(traces: traces, transactions: transactions, catalog: catalog)
    }
}
