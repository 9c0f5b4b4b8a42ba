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
    package let maximumEndNanoseconds: UInt64
    /// All blocks, as the footer lists them.
    package let blocks: [BlockSummary]
    package let fileBytes: Int

    private let files: any FileSystem
    private let openName: UInt64
    private let cache: SegmentCache
    private let cacheName: UInt64
    /// The rows blocks, in row order.
    private let rowBlocks: [BlockSummary]

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
        let footer = opened.footer
        spanCount = footer.spanCount
        duplicateCount = footer.duplicateCount
        refusedTransactionIDs = footer.refusedTransactionIDs
        minimumStartNanoseconds = footer.minimumStartNanoseconds
        maximumEndNanoseconds = footer.maximumEndNanoseconds
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
        var found = location
        if found == nil { found = try traces().first { $0.traceID == trace } }
        guard let found else { return (SpanBatch(), []) }
        let first = Int(found.firstRow)
        let end = first + Int(found.rowCount)
        guard end <= spanCount else {
            throw StoreError(
                .corrupt, "rows \(first) to \(end) of trace \(trace) are asked for, and it has \(spanCount)", path: path
            )
        }
        let dictionaries = try dictionaries()
        var decoder = RowDecoder(dictionaries, firstStart: minimumStartNanoseconds, path: path)
        var row = first
        while row < end {
            let block = try rows(index: blockIndex(of: row), dictionaries)
            let last = min(end, block.firstRow + block.rowCount)
            try decoder.append(block, rows: row - block.firstRow..<last - block.firstRow, of: trace)
            row = last
        }
        return (decoder.batch, decoder.provenance)
    }

    /// Where each trace is, in row order: with `transactions`, all that an index run is made of.
    package func traces() throws(StoreError) -> [TraceLocation] {
        let (plain, raw) = try parts(of: .traces)
        let traces = try TraceDecoder.decode(plain, raw, path: path, spanCount: spanCount)
        var block = 0
        return traces.map { trace in
            var trace = trace
            while block + 1 < rowBlocks.count, rowBlocks[block + 1].firstRow <= trace.firstRow { block += 1 }
            trace.block = UInt32(block)
            return trace
        }
    }

    /// The transactions that the segment's spans name, in the order of `traces`.
    package func transactions() throws(StoreError) -> [TransactionEntry] {
        let (plain, raw) = try parts(of: .transactions)
        return try TransactionDecoder.decode(plain, raw, traces: try traces(), path: path)
    }

    /// Reads every byte and checks every checksum, every SHA-256 and every content sum.
    package func verify() throws(StoreError) {
        for block in blocks {
            let bytes = try bytes(of: block)
            guard bytes.withUnsafeBytes({ ContentHash.digest($0) }) == block.sha256 else {
                throw damaged(block, "its SHA-256 is not the footer's")
            }
        }
        let traces = try traces()
        var sums = [ContentSum](repeating: ContentSum(), count: rowBlocks.count)
        let dictionaries = try dictionaries()
        for trace in traces {
            var row = Int(trace.firstRow)
            let end = row + Int(trace.rowCount)
            while row < end {
                let index = blockIndex(of: row)
                let block = try rows(index: index, dictionaries)
                let last = min(end, block.firstRow + block.rowCount)
                var decoder = RowDecoder(dictionaries, firstStart: minimumStartNanoseconds, path: path)
                try decoder.append(
                    block, rows: row - block.firstRow..<last - block.firstRow, of: trace.traceID)
                sums[index] += ContentSum(of: decoder.batch)
                row = last
            }
        }
        for (block, sum) in zip(rowBlocks, sums) where block.contentSum != sum {
            throw damaged(block, "its spans do not add up to the footer's content sum")
        }
    }

    private func blockIndex(of row: Int) -> Int {
        var low = 0
        var high = rowBlocks.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(rowBlocks[middle].firstRow) <= row { low = middle } else { high = middle }
        }
        return low
    }

    private func dictionaries() throws(StoreError) -> SegmentDictionaries {
        let key = SegmentCache.Key(reader: cacheName, item: -1)
        if let cached = cache.value(key) as? SegmentDictionaries { return cached }
        let dictionaries = try SegmentDictionaries(
            strings: try parts(of: .strings).plain, shapes: try parts(of: .shapes).plain,
            provenance: try parts(of: .provenance).plain, path: path)
        cache.keep(dictionaries, key, bytes: dictionaries.bytes)
        return dictionaries
    }

    private func rows(index: Int, _ dictionaries: SegmentDictionaries) throws(StoreError) -> RowBlock {
        let key = SegmentCache.Key(reader: cacheName, item: index)
        if let cached = cache.value(key) as? RowBlock { return cached }
        let summary = rowBlocks[index]
        let (plain, raw) = try SegmentBlock.decode(try bytes(of: summary), summary, path: path)
        let block = try RowBlock(
            plain: plain, raw: raw, summary: summary, dictionaries: dictionaries, path: path)
        cache.keep(block, key, bytes: block.bytes)
        return block
    }

    private func parts(of kind: BlockKind) throws(StoreError) -> (plain: [UInt8], raw: [UInt8]) {
        guard let summary = blocks.first(where: { $0.kind == kind }) else {
            throw StoreError(.corrupt, "its footer lists no \(kind) block", path: path)
        }
        return try SegmentBlock.decode(try bytes(of: summary), summary, path: path)
    }

    /// A block's bytes, its checksum verified.
    private func bytes(of block: BlockSummary) throws(StoreError) -> [UInt8] {
        let file = try cache.openFiles.handle(openName) { () throws(StoreError) in
            try SegmentFile.reopen(path, files, size: fileBytes)
        }
        let bytes = try SegmentFile.read(file, block.length, at: block.offset, path: path)
        let crc = bytes.withUnsafeBytes { Frame.checksum($0) }
        guard crc == block.crc32 else {
            throw damaged(block, "its checksum is \(crc), and the footer says \(block.crc32)")
        }
        return bytes
    }

    private func damaged(_ block: BlockSummary, _ problem: String) -> StoreError {
        StoreError(.corrupt, "the \(block.kind) block at offset \(block.offset) is damaged: \(problem)", path: path)
    }
}
