import Telemetry

/// A segment on its way to bytes: rows ordered, columns planned, then block after block.
struct SegmentDraft {
    private let segment: SegmentRows
    private let tables: SegmentTables
    private let order: SegmentOrder
    private let provenance: [Provenance]
    private let rules: TransactionRules
    private let scan: TransactionScan
    private let firstStart: UInt64
    private var footer: SegmentFooter
    private var families = FamilySizes()

    init(_ gatherer: SegmentGatherer, provenance: [Provenance], rules: TransactionRules) {
        segment = gatherer.rows
        tables = gatherer.tables
        order = SegmentOrder(segment)
        self.provenance = provenance
        self.rules = rules
        scan = TransactionScan(segment, tables, order, rules)
        var firstStart = UInt64.max
        var lastEnd: UInt64 = 0
        for row in 0..<order.order.count {
            let source = segment.rows.base + Int(order.order[row])
            firstStart = min(firstStart, source.pointee.start)
            lastEnd = max(lastEnd, source.pointee.end)
        }
        self.firstStart = firstStart
        footer = SegmentFooter(
            headerHash: [], spanCount: order.order.count, duplicateCount: order.duplicates,
            refusedTransactionIDs: scan.refused, minimumStartNanoseconds: firstStart, maximumEndNanoseconds: lastEnd,
            blocks: [])
    }

    /// The whole file.
    mutating func encode(_ info: SegmentHeaderInfo) throws(StoreError) -> ByteSink {
        let sink = try SegmentHeader.encode(info)
        sink.buffer.reserve(segment.rows.count * 32)
        footer.headerHash = ContentHash.digest(sink.bytes)
        let strings = FileStrings(tables)
        let relations = RowRelations(segment, tables, order, epochStart: firstStart)
        var encoder = RowBlockEncoder(
            segment: segment, tables: tables, order: order, relations: relations, strings: strings,
            columns: ColumnSet(segment, tables, order, relations))
        for block in order.blocks {
            encoder.encode(block)
            try add(.rows, plain: encoder.plain, raw: encoder.bits.buffer.bytes, rows: block, to: sink)
        }
        families = encoder.families
        try addDictionaries(encoder.columns, strings, to: sink)
        try finish(sink)
        return sink
    }

    private mutating func addDictionaries(
        _ columns: ColumnSet, _ strings: FileStrings, to sink: ByteSink
    ) throws(StoreError) {
        let plain = ByteSink(capacity: 1 << 16)
        let raw = ByteSink(capacity: 1 << 16)
        DictionaryBlocks.encodeShapes(tables, columns, strings, to: plain)
        try add(.shapes, plain: plain, raw: raw.bytes, rows: nil, to: sink)
        plain.removeAll()
        strings.encode(to: plain)
        try add(.strings, plain: plain, raw: raw.bytes, rows: nil, to: sink)
        plain.removeAll()
        DictionaryBlocks.encodeTraces(order.traces, plain: plain, raw: raw)
        try add(.traces, plain: plain, raw: raw.bytes, rows: nil, to: sink)
        plain.removeAll()
        raw.removeAll()
        DictionaryBlocks.encodeTransactions(scan, revision: rules.revision, plain: plain, raw: raw)
        try add(.transactions, plain: plain, raw: raw.bytes, rows: nil, to: sink)
        plain.removeAll()
        raw.removeAll()
        DictionaryBlocks.encodeProvenance(provenance, to: plain)
        try add(.provenance, plain: plain, raw: raw.bytes, rows: nil, to: sink)
    }

    private mutating func add(
        _ kind: BlockKind, plain: ByteSink, raw: UnsafeRawBufferPointer, rows: SegmentOrder.Block?, to sink: ByteSink
    ) throws(StoreError) {
        let offset = sink.count
        try SegmentBlock.encode(kind, plain: plain.bytes, raw: raw, to: sink)
        let bytes = UnsafeRawBufferPointer(rebasing: sink.bytes[offset...])
        var summary = BlockSummary(
            kind: kind, offset: offset, length: bytes.count, crc32: Frame.checksum(bytes),
            sha256: ContentHash.digest(bytes), firstRow: UInt32(rows?.firstRow ?? 0),
            spanCount: UInt32(rows?.rowCount ?? 0), minimumStartNanoseconds: 0, maximumEndNanoseconds: 0,
            contentSum: ContentSum())
        if let rows {
            summary.minimumStartNanoseconds = .max
            for row in rows.firstRow..<rows.firstRow + rows.rowCount {
                let index = Int(order.order[row])
                let source = segment.rows.base + index
                summary.minimumStartNanoseconds = min(summary.minimumStartNanoseconds, source.pointee.start)
                summary.maximumEndNanoseconds = max(summary.maximumEndNanoseconds, source.pointee.end)
                summary.contentSum += segment.hashes[index]
            }
        }
        footer.blocks.append(summary)
    }

    private func finish(_ sink: ByteSink) throws(StoreError) {
        let offset = sink.count
        footer.encode(to: sink)
        let length = sink.count - offset
        guard length <= SegmentFormat.maximumFooterBytes else {
            throw StoreError(
                .limit, "the footer would have \(length) bytes, more than \(SegmentFormat.maximumFooterBytes)")
        }
        let body = UnsafeRawBufferPointer(rebasing: sink.bytes[offset...])
        let crc = Frame.checksum(body)
        let digest = ContentHash.digest(body)
        sink.fixed64(UInt64(offset))
        sink.fixed32(UInt32(length))
        sink.fixed32(crc)
        sink.raw(digest)
        sink.raw(SegmentFormat.endMagic)
    }

    func summary(_ info: SegmentHeaderInfo, path: String, fileBytes: Int) -> SegmentSummary {
        let kindNames = scan.kinds
        var sizes = families.families.map { (family: $0, bytes: (families.bits[$0] ?? 0) / 8) }
        for block in footer.blocks where block.kind != .rows {
            sizes.append((family: "block of \(block.kind)", bytes: block.length))
        }
        return SegmentSummary(
            info: info, path: path, fileBytes: fileBytes, spanCount: footer.spanCount,
            duplicateCount: footer.duplicateCount, refusedTransactionIDs: footer.refusedTransactionIDs,
            minimumStartNanoseconds: footer.minimumStartNanoseconds,
            maximumEndNanoseconds: footer.maximumEndNanoseconds, blocks: footer.blocks, traces: order.traces,
            transactions: scan.found.map { entry in
                TransactionEntry(
                    key: TransactionKey(
                        kind: kindNames[entry.kind], value: String(decoding: entry.value, as: UTF8.self)),
                    traceID: order.traces[Int(entry.trace)].traceID, rulesRevision: rules.revision)
            }, bytesByFamily: sizes)
    }
}
