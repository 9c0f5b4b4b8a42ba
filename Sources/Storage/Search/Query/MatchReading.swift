import Telemetry

/// Reads candidates as whole spans. The rows of a trace in a block are read together, and kept for the next of them.
struct MatchReading {
    private struct Piece {
        var place: Int
        var firstRow: Int
        var batch: SpanBatch
        var provenance: [Provenance]
        var contents: [ContentSum]?
    }

    /// The last piece that was read: matches of one trace come one after another more often than not.
    private var last: Piece?

    mutating func match(_ candidate: Candidate, _ place: Candidate.Place) throws(StoreError) -> SpanMatch {
        switch place {
        case .live(let live):
            return SpanMatch(
                span: live.spans.span(candidate.row), provenance: live.provenance,
                content: ContentSum(of: live.spans, row: candidate.row).head)
        case .block(let scan, let index):
            let row = try read(candidate, scan, index)
            guard let piece = last else { throw StoreError(.failed, "a span was not read") }
            return SpanMatch(
                span: piece.batch.span(row), provenance: piece.provenance[row], content: content(row).head)
        }
    }

    /// What tells a candidate from others with its start and ids, and which of equal ones was received first.
    mutating func origin(
        _ candidate: Candidate, _ place: Candidate.Place
    ) throws(StoreError) -> (content: ContentSum, provenance: Provenance) {
        switch place {
        case .live(let live): return (ContentSum(of: live.spans, row: candidate.row), live.provenance)
        case .block(let scan, let index):
            let row = try read(candidate, scan, index)
            guard let piece = last else { throw StoreError(.failed, "a span was not read") }
            return (content(row), piece.provenance[row])
        }
    }

    private mutating func content(_ row: Int) -> ContentSum {
        guard let piece = last else { return ContentSum() }
        if let known = piece.contents { return known[row] }
        let contents = ContentSum.each(of: piece.batch)
        last?.contents = contents
        return contents[row]
    }

    /// Reads the candidate's trace as far as it lies in the block; returns the candidate's row in `last`.
    private mutating func read(
        _ candidate: Candidate, _ scan: GroupScan, _ index: Int
    ) throws(StoreError) -> Int {
        if let last, last.place == candidate.place, last.batch.count > candidate.row - last.firstRow,
            candidate.row >= last.firstRow
        {
            return candidate.row - last.firstRow
        }
        var piece: Piece?
        try scan.segment.read { reader throws(StoreError) in
            let block = reader.rowBlocks[index]
            let row = block.firstRow + UInt32(candidate.row)
            let traces = try scan.traces(reader, block: index)
            let trace = traces[GroupScan.trace(of: row, traces)]
            let first = max(trace.firstRow, block.firstRow)
            let end = min(trace.firstRow + trace.rowCount, block.firstRow + block.spanCount)
            let (batch, provenance) = try reader.batch(
                of: trace.traceID,
                at: TraceLocation(traceID: trace.traceID, block: trace.block, firstRow: first, rowCount: end - first))
            piece = Piece(
                place: candidate.place, firstRow: Int(first - block.firstRow), batch: batch, provenance: provenance)
        }
        last = piece
        return candidate.row - (piece?.firstRow ?? 0)
    }
}

extension ContentSum {
    /// The hash of each span of `batch`.
    static func each(of batch: SpanBatch) -> [ContentSum] {
        let gatherer = SegmentGatherer(spans: batch.count, values: batch.values.count)
        gatherer.add(batch, part: 0)
        return (0..<batch.count).map { gatherer.rows.hashes[$0] }
    }

    /// The hash of one span of `batch`.
    init(of batch: SpanBatch, row: Int) { self = ContentSum.each(of: batch)[row] }

    /// The hash's first 64 bits, as SHA-256 writes them.
    var head: UInt64 { word0.byteSwapped }

    func precedes(_ other: ContentSum) -> Bool {
        for (a, b) in [(word0, other.word0), (word1, other.word1), (word2, other.word2), (word3, other.word3)]
        where a != b {
            return a.byteSwapped < b.byteSwapped
        }
        return false
    }
}
