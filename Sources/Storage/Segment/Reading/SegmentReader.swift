import Files
import Telemetry

/// Reads one segment. Thread-safe; what it decodes is kept in a cache that readers share,
/// and so is its open file.
package final class SegmentReader: Sendable {
    package let path: String
    package let info: SegmentHeaderInfo
    package let spanCount: Int
    package let duplicateCount: Int
    package let refusedTransactionIDs: Int
    package let minimumStartNanoseconds: UInt64
    package let latestStartNanoseconds: UInt64
    package let maximumEndNanoseconds: UInt64
    /// Of all spans stored, and of those left out because an equal one is stored.
    package let contentSum: ContentSum
    package let duplicateSum: ContentSum
    package let groups: [RowGroup]
    /// All blocks, as the footer lists them.
    package let blocks: [BlockSummary]
    package let fileBytes: Int
    /// Of the format.
    package let version: UInt32

    /// From so many rows on, `read` decodes whole columns.
    private static let bulkRows = 512

    private let files: any FileSystem
    private let openName: UInt64
    let cache: SegmentCache
    let cacheName: UInt64
    /// The rows blocks, in row order.
    let rowBlocks: [BlockSummary]

    /// Opens the segment at `path`, checks header and footer, and that it belongs to `storeID`.
    package init(
        path: String, files: any FileSystem, expecting storeID: StoreID, cache: SegmentCache = SegmentCache()
    ) throws(StoreError) {
        let opened = try SegmentFile.open(path, files, expecting: storeID)
        self.path = path
        self.files = files
        openName = cache.openFiles.newName()
        cache.openFiles.keep(opened.file, openName)
        info = opened.info
        fileBytes = opened.size
        version = opened.version
        let footer = opened.footer
        spanCount = footer.spanCount
        duplicateCount = footer.duplicateCount
        refusedTransactionIDs = footer.refusedTransactionIDs
        minimumStartNanoseconds = footer.minimumStartNanoseconds
        latestStartNanoseconds = footer.latestStartNanoseconds
        maximumEndNanoseconds = footer.maximumEndNanoseconds
        contentSum = footer.contentSum
        duplicateSum = footer.duplicateSum
        groups = footer.groups
        blocks = footer.blocks
        rowBlocks = footer.blocks.filter { $0.kind == .rows }
        self.cache = cache
        cacheName = cache.newReader()
    }

    deinit {
        cache.removeAll(of: cacheName)
        cache.openFiles.close(openName)
    }

    /// The segment's spans of one trace, in stored order; `location`, where the index knows it, saves a search. Of
    /// spans with the same id each is marked.
    package func spans(of trace: TraceID, at location: TraceLocation? = nil) throws(StoreError) -> [StoredSpan] {
        let (batch, provenance) = try batch(of: trace, at: location)
        var count: [SpanID: Int] = [:]
        for id in batch.spanID { count[id, default: 0] += 1 }
        return (0..<batch.count).map { row in
            StoredSpan(
                span: batch.span(row), provenance: provenance[row], hasConflict: (count[batch.spanID[row]] ?? 0) > 1)
        }
    }

    /// The same as a batch, bytes exactly as they were received, with the provenance of each row. Empty when the
    /// segment has no such trace.
    package func batch(
        of trace: TraceID, at location: TraceLocation? = nil
    ) throws(StoreError) -> (spans: SpanBatch, provenance: [Provenance]) {
        let found = if let location { [location] } else { try traces().filter { $0.traceID == trace } }
        let (spans, provenances, ofRow) = try read(found[...])
        return (spans, ofRow.map { provenances[Int($0)] })
    }

    /// The spans of many traces as one batch, trace after trace; cheapest in the order of `traces`. Each row's
    /// provenance is `provenances[provenanceOfRow[row]]`.
    package func read(
        _ traces: ArraySlice<TraceLocation>
    ) throws(StoreError) -> (spans: SpanBatch, provenances: [Provenance], provenanceOfRow: [UInt32]) {
        var decoder: RowDecoder?
        var current = -1
        // Whole columns are decoded where enough of their rows are wanted.
        let isBulk = traces.reduce(0) { $0 + Int($1.rowCount) } >= SegmentReader.bulkRows
        var columns: BlockColumns?
        for trace in traces {
            var row = Int(trace.firstRow)
            let end = row + Int(trace.rowCount)
            guard end <= spanCount else {
                throw StoreError(
                    .corrupt,
                    "rows \(row) to \(end) of trace \(trace.traceID) are asked for, and it has \(spanCount)", path: path
                )
            }
            while row < end {
                let index = blockIndex(of: row)
                let group = groupIndex(of: row)
                let dictionaries = try dictionaries(of: group)
                if decoder == nil {
                    decoder = RowDecoder(dictionaries, firstStart: groups[group].earliestStart, path: path)
                } else if group != current {
                    decoder?.use(dictionaries, firstStart: groups[group].earliestStart)
                }
                current = group
                let first = Int(rowBlocks[index].firstRow)
                let last = min(end, first + Int(rowBlocks[index].spanCount))
                if isBulk {
                    if columns?.block.firstRow != first {
                        columns = try BlockColumns(
                            try rows(index: index, dictionaries), dictionaries,
                            firstStart: groups[group].earliestStart, path: path)
                    }
                    if let columns { try decoder?.append(columns, rows: row - first..<last - first, of: trace.traceID) }
                } else {
                    let block = try rows(index: index, dictionaries)
                    try decoder?.append(block, rows: row - first..<last - first, of: trace.traceID)
                }
                row = last
            }
        }
        return (decoder?.batch ?? SpanBatch(), decoder?.provenances ?? [], decoder?.provenanceOfRow ?? [])
    }

    /// Where each trace is, in row order: with `transactions`, all that an index run is made of. A trace that is too
    /// large for one group is there once for each.
    package func traces() throws(StoreError) -> [TraceLocation] {
        var all: [TraceLocation] = []
        for group in groups.indices { all += try traces(in: group) }
        return all
    }

    /// The transactions that the segment's spans name, in the order of `traces`.
    package func transactions() throws(StoreError) -> [TransactionEntry] {
        var all: [TransactionEntry] = []
        for group in groups.indices { all += try transactions(in: group) }
        return all
    }

    package func traces(in group: Int) throws(StoreError) -> [TraceLocation] {
        let (plain, raw) = try parts(of: .traces, in: group)
        let traces = try TraceDecoder.decode(plain, raw, path: path, rows: groups[group].rows)
        var block = groups[group].firstRowBlock
        return traces.map { trace in
            var trace = trace
            while block + 1 < rowBlocks.count, rowBlocks[block + 1].firstRow <= trace.firstRow { block += 1 }
            trace.block = UInt32(block)
            return trace
        }
    }

    package func transactions(in group: Int) throws(StoreError) -> [TransactionEntry] {
        let (plain, raw) = try parts(of: .transactions, in: group)
        return try TransactionDecoder.decode(plain, raw, traces: try traces(in: group), path: path)
    }

    /// Reads every byte and checks every checksum, every SHA-256 and every content sum.
    package func verify() throws(StoreError) {
        for group in groups.indices {
            for block in blocks[groups[group].blocks] {
                let bytes = try bytes(of: block)
                guard bytes.withUnsafeBytes({ ContentHash.digest($0) }) == block.sha256 else {
                    throw damaged(block, "its SHA-256 is not the footer's")
                }
            }
            try verifySums(of: group)
        }
    }

    private func verifySums(of group: Int) throws(StoreError) {
        let dictionaries = try dictionaries(of: group)
        let traces = try traces(in: group)
        var next = 0
        for index in groups[group].rowBlocks {
            let block = try rows(index: index, dictionaries)
            let columns = try BlockColumns(
                block, dictionaries, firstStart: groups[group].earliestStart, path: path)
            let end = block.firstRow + block.rowCount
            var decoder = RowDecoder(dictionaries, firstStart: groups[group].earliestStart, path: path)
            while next < traces.count, Int(traces[next].firstRow) < end {
                let trace = traces[next]
                let first = max(Int(trace.firstRow), block.firstRow)
                let last = Int(trace.firstRow + trace.rowCount)
                try decoder.append(
                    columns, rows: first - block.firstRow..<min(last, end) - block.firstRow, of: trace.traceID)
                if last > end { break }
                next += 1
            }
            guard ContentSum(of: decoder.batch) == rowBlocks[index].contentSum else {
                throw damaged(rowBlocks[index], "its spans do not add up to the footer's content sum")
            }
        }
    }

    /// Which rows of block `index` of the rows blocks belong to one trace each, counted from the block's first row, and
    /// where in the group's list of traces the first of them is.
    func pieces(in index: Int, of group: Int) throws(StoreError) -> (firstTrace: Int, pieces: [Range<Int>]) {
        let table = try traceTable(of: group)
        let summary = rowBlocks[index]
        let rows = Int(summary.firstRow)..<Int(summary.firstRow + summary.spanCount)
        var trace = table.trace(of: rows.lowerBound)
        let first = trace
        var pieces: [Range<Int>] = []
        while trace < table.traces.count, Int(table.traces[trace].firstRow) < rows.upperBound {
            let start = max(Int(table.traces[trace].firstRow), rows.lowerBound)
            let end = min(Int(table.traces[trace].firstRow + table.traces[trace].rowCount), rows.upperBound)
            pieces.append(start - rows.lowerBound..<end - rows.lowerBound)
            trace += 1
        }
        return (first, pieces)
    }

    /// The traces of a group; kept in the cache.
    func traceTable(of group: Int) throws(StoreError) -> TraceList {
        let key = SegmentCache.Key.traces(of: group, reader: cacheName)
        if let cached = cache.value(key) as? TraceList { return cached }
        let list = TraceList(try traces(in: group))
        cache.keep(list, key, bytes: list.traces.count * MemoryLayout<TraceLocation>.stride)
        return list
    }

    /// The block of rows that has row `row`, counted through the segment.
    func blockIndex(of row: Int) -> Int {
        var low = 0
        var high = rowBlocks.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(rowBlocks[middle].firstRow) <= row { low = middle } else { high = middle }
        }
        return low
    }

    func groupIndex(of row: Int) -> Int {
        var low = 0
        var high = groups.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if groups[middle].rows.lowerBound <= row { low = middle } else { high = middle }
        }
        return low
    }

    /// What the rows of a group refer to; kept in the cache.
    func dictionaries(of group: Int) throws(StoreError) -> SegmentDictionaries {
        let key = SegmentCache.Key.dictionaries(of: group, reader: cacheName)
        if let cached = cache.value(key) as? SegmentDictionaries { return cached }
        let dictionaries = try SegmentDictionaries(
            strings: try parts(of: .strings, in: group).plain, shapes: try parts(of: .shapes, in: group).plain,
            provenance: try parts(of: .provenance, in: group).plain, version: version, path: path)
        cache.keep(dictionaries, key, bytes: dictionaries.bytes)
        return dictionaries
    }

    /// Block of rows `index` of the segment's, unpacked; kept in the cache.
    func rows(index: Int, _ dictionaries: SegmentDictionaries) throws(StoreError) -> RowBlock {
        let key = SegmentCache.Key.rows(index, reader: cacheName)
        if let cached = cache.value(key) as? RowBlock { return cached }
        let summary = rowBlocks[index]
        let (plain, raw) = try SegmentBlock.decode(try bytes(of: summary), summary, path: path)
        let block = try RowBlock(
            plain: plain, raw: raw, summary: summary, dictionaries: dictionaries, path: path)
        cache.keep(block, key, bytes: block.bytes)
        return block
    }

    /// The two parts of the one block of `kind` that a group has.
    func parts(of kind: BlockKind, in group: Int) throws(StoreError) -> (plain: [UInt8], raw: [UInt8]) {
        guard let summary = blocks[groups[group].blocks].first(where: { $0.kind == kind }) else {
            throw StoreError(.corrupt, "its footer lists no \(kind) block for group \(group)", path: path)
        }
        return try SegmentBlock.decode(try bytes(of: summary), summary, path: path)
    }

    func file() throws(StoreError) -> any File {
        try cache.openFiles.handle(openName) { () throws(StoreError) in
            try SegmentFile.reopen(path, files, size: fileBytes)
        }
    }

    /// A block's bytes, its checksum verified.
    func bytes(of block: BlockSummary) throws(StoreError) -> [UInt8] {
        let bytes = try SegmentFile.read(try file(), block.length, at: block.offset, path: path)
        let crc = bytes.withUnsafeBytes { Frame.checksum($0) }
        guard crc == block.crc32 else {
            throw damaged(block, "its checksum is \(crc), and the footer says \(block.crc32)")
        }
        return bytes
    }

    func damaged(_ block: BlockSummary, _ problem: String) -> StoreError {
        StoreError(.corrupt, "the \(block.kind) block at offset \(block.offset) is damaged: \(problem)", path: path)
    }
}
