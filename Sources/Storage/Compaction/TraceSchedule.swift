import Telemetry

/// In which order, and into which class, the traces of some segments are written anew.
struct TraceSchedule {
    /// A trace's rows in one input: 40 bytes.
    private struct Piece {
        var traceID: TraceID
        /// Where the trace's first piece is: input and row. Inputs come by time and their rows do, so this is about the
        /// order of the traces' first starts.
        var order: UInt64
        var firstRow: UInt32
        var rowCount: UInt32
        var input: UInt16
        var retentionClass: UInt8
    }

    /// The pieces of one trace; of one that is larger than a row group, as many as go into one. Each piece is of one
    /// group, so no trace, however large, is ever in memory as a whole.
    struct Trace {
        var traceID: TraceID
        var retentionClass: Int
        var spanCount: Int
        fileprivate var pieces: Range<Int>
    }

    private var pieces: [Piece] = []
    private var isReady = false

    mutating func reserve(_ traces: Int) { pieces.reserveCapacity(traces) }

    mutating func add(_ location: TraceLocation, input: Int, retentionClass: Int) {
        pieces.append(
            Piece(
                traceID: location.traceID, order: UInt64(input) << 32 | UInt64(location.firstRow),
                firstRow: location.firstRow, rowCount: location.rowCount, input: UInt16(input),
                retentionClass: UInt8(retentionClass)))
    }

    /// Brings the pieces of each trace together. Classes are numbered from the longest kept on: the lowest wins.
    mutating func arrange() {
        pieces.sort { left, right in
            left.traceID != right.traceID
                ? left.traceID < right.traceID : (left.input, left.firstRow) < (right.input, right.firstRow)
        }
        var start = 0
        while start < pieces.count {
            var end = start
            var best = UInt8.max
            var order = UInt64.max
            while end < pieces.count, pieces[end].traceID == pieces[start].traceID {
                best = min(best, pieces[end].retentionClass)
                order = min(order, pieces[end].order)
                end += 1
            }
            for index in start..<end {
                pieces[index].retentionClass = best
                pieces[index].order = order
            }
            start = end
        }
        pieces.sort { left, right in
            if left.retentionClass != right.retentionClass { return left.retentionClass < right.retentionClass }
            if left.order != right.order { return left.order < right.order }
            return (left.input, left.firstRow) < (right.input, right.firstRow)
        }
        isReady = true
    }

    /// The trace whose pieces start at `index`; the next one's start where its end.
    func trace(at index: Int) -> (trace: Trace, next: Int)? {
        precondition(isReady, "traces are arranged before they are read")
        guard index < pieces.count else { return nil }
        let first = pieces[index]
        var spans = 0
        var end = index
        while end < pieces.count, pieces[end].traceID == first.traceID {
            if spans > 0, spans + Int(pieces[end].rowCount) > SegmentFormat.groupSpans { break }
            spans += Int(pieces[end].rowCount)
            end += 1
        }
        let trace = Trace(
            traceID: first.traceID, retentionClass: Int(first.retentionClass), spanCount: spans, pieces: index..<end)
        return (trace, end)
    }

    func forEachPiece(of trace: Trace, _ body: (_ input: Int, _ location: TraceLocation) -> Void) {
        for index in trace.pieces {
            let piece = pieces[index]
            body(
                Int(piece.input),
                TraceLocation(
                    traceID: piece.traceID, block: 0, firstRow: piece.firstRow, rowCount: piece.rowCount))
        }
    }
}
