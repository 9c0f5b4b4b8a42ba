import Telemetry

/// Reads candidates as whole spans. The rows of a trace in a block are read together and kept for those that follow, and so
/// are the hashes of a live batch: matches come by time, so those of one trace stand among those of others.
struct MatchReading {
    private struct Piece {
        var firstRow: Int
        var batch: SpanBatch
        var provenance: [Provenance]
        var contents: [ContentSum]?
    }

    private struct Row: Hashable {
        var place: Int
        var row: Int
    }

    /// Rows of pieces that are kept, about a kilobyte each; then all are let go of.
    private static let maximumRows = 8192
    /// Hashes of live spans that are kept, 32 bytes each; then all are let go of.
    private static let maximumHashes = 1 << 18

    private var pieces: [Piece] = []
    private var pieceOfRow: [Row: Int] = [:]
    private var liveContents: [Int: [ContentSum]] = [:]
    private var liveHashes = 0

    mutating func match(_ candidate: Candidate, _ place: Candidate.Place) throws(StoreError) -> SpanMatch {
        switch place {
        case .live(let live):
            return SpanMatch(
                span: live.spans.span(candidate.row), provenance: live.provenance,
                content: content(candidate, live).head)
        case .block(let scan, let index):
            let piece = try read(candidate, scan, index)
            let row = candidate.row - pieces[piece].firstRow
            return SpanMatch(
                span: pieces[piece].batch.span(row), provenance: pieces[piece].provenance[row],
                content: content(piece, row).head)
        }
    }

    mutating func span(_ candidate: Candidate, _ place: Candidate.Place) throws(StoreError) -> Span {
        switch place {
        case .live(let live): return live.spans.span(candidate.row)
        case .block(let scan, let index):
            let piece = try read(candidate, scan, index)
            return pieces[piece].batch.span(candidate.row - pieces[piece].firstRow)
        }
    }

    /// What tells a candidate from others with its start and ids, and which of equal ones was received first.
    mutating func origin(
        _ candidate: Candidate, _ place: Candidate.Place
    ) throws(StoreError) -> (content: ContentSum, provenance: Provenance) {
        switch place {
        case .live(let live): return (content(candidate, live), live.provenance)
        case .block(let scan, let index):
            let piece = try read(candidate, scan, index)
            let row = candidate.row - pieces[piece].firstRow
            return (content(piece, row), pieces[piece].provenance[row])
        }
    }

    private mutating func content(_ candidate: Candidate, _ live: LiveBatch) -> ContentSum {
        if let known = liveContents[candidate.place] { return known[candidate.row] }
        let contents = ContentSum.each(of: live.spans)
        if liveHashes + contents.count > Self.maximumHashes {
            liveContents.removeAll(keepingCapacity: true)
            liveHashes = 0
        }
        liveHashes += contents.count
        liveContents[candidate.place] = contents
        return contents[candidate.row]
    }

    private mutating func content(_ piece: Int, _ row: Int) -> ContentSum {
        if let known = pieces[piece].contents { return known[row] }
        let contents = ContentSum.each(of: pieces[piece].batch)
        pieces[piece].contents = contents
        return contents[row]
    }

    /// Reads the candidate's trace as far as it lies in the block; returns the piece that has its row.
    private mutating func read(
        _ candidate: Candidate, _ scan: GroupScan, _ index: Int
    ) throws(StoreError) -> Int {
        if let known = pieceOfRow[Row(place: candidate.place, row: candidate.row)] { return known }
        var read: Piece?
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
            read = Piece(firstRow: Int(first - block.firstRow), batch: batch, provenance: provenance)
        }
        guard let piece = read, piece.firstRow..<piece.firstRow + piece.batch.count ~= candidate.row else {
            throw StoreError(.corrupt, "a trace has fewer rows in its block than its segment says")
        }
        if pieceOfRow.count + piece.batch.count > Self.maximumRows {
            pieces.removeAll(keepingCapacity: true)
            pieceOfRow.removeAll(keepingCapacity: true)
        }
        for row in piece.firstRow..<piece.firstRow + piece.batch.count {
            pieceOfRow[Row(place: candidate.place, row: row)] = pieces.count
        }
        pieces.append(piece)
        return pieces.count - 1
    }
}

extension ContentSum {
    /// The hash of each span of `batch`.
    static func each(of batch: SpanBatch) -> [ContentSum] {
        let gatherer = SegmentGatherer(spans: batch.count, values: batch.values.count)
        gatherer.add(batch, part: 0)
        return (0..<batch.count).map { gatherer.rows.hashes[$0] }
    }

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
