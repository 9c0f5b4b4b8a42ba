import Telemetry

/// A trace as it was stored at one moment: what it consists of is held, its spans are not yet read. Its files stay as long
/// as somebody holds it.
public struct TracePieces: Sendable {
    private enum Part {
        case sealed(SealedSegment, TraceLocation)
        case live(LiveBatch, Range<Int>)

        var count: Int {
            switch self {
            case .sealed(_, let location): Int(location.rowCount)
            case .live(_, let rows): rows.count
            }
        }
    }

    /// Spans of one piece, at most.
    private static let pieceSpans = 2000

    /// Where more of the trace lies, or may lie, and why it cannot be read.
    public private(set) var unreadable: [StoreError] = []
    private var parts: [Part] = []
    /// What was given of a trace that lies in several places, where the same span may be too.
    private var given: Set<ContentSum> = []

    /// Stored spans that are left; those stored more than once count as often.
    public var spanCount: Int { parts.reduce(0) { $0 + $1.count } }

    fileprivate mutating func fail(_ error: StoreError) { unreadable.append(error) }

    fileprivate mutating func add(_ segment: SealedSegment, _ location: TraceLocation) {
        parts.append(.sealed(segment, location))
    }

    fileprivate mutating func add(_ batch: LiveBatch, _ rows: Range<Int>) { parts.append(.live(batch, rows)) }

    /// All of it, merged.
    public func read() -> TraceAnswer {
        var answer = TraceAnswer(spans: [], unreadable: unreadable)
        for part in parts {
            switch part {
            case .sealed(let segment, let location):
                do throws(StoreError) {
                    answer.spans += try segment.read { reader throws(StoreError) in
                        try reader.spans(of: location.traceID, at: location)
                    }
                } catch { answer.unreadable.append(error) }
            case .live(let batch, let rows):
                for row in rows {
                    answer.spans.append(StoredSpan(span: batch.spans.span(row), provenance: batch.provenance))
                }
            }
        }
        answer.spans = SpanIdentity.merge(answer.spans)
        return answer
    }

    /// Some more of its spans, as they are stored: in no order, equal ones once. `nil` when there are no more.
    ///
    /// - Throws: where a part cannot be read.
    public mutating func next() throws(StoreError) -> SpanBatch? {
        // A segment has equal spans once; others may.
        let mayRepeat =
            !given.isEmpty || parts.count > 1 || parts.contains { if case .live = $0 { true } else { false } }
        while let part = parts.popLast() {
            let batch: SpanBatch
            switch part {
            case .sealed(let segment, var location):
                let rows = location.rowCount
                location.rowCount = min(rows, UInt32(Self.pieceSpans))
                batch = try segment.read { reader throws(StoreError) in
                    try reader.batch(of: location.traceID, at: location).spans
                }
                if location.rowCount < rows {
                    location.firstRow += location.rowCount
                    location.rowCount = rows - location.rowCount
                    parts.append(.sealed(segment, location))
                }
            case .live(let live, let rows):
                let some = rows.prefix(Self.pieceSpans)
                batch = SpanBatch(some.map { live.spans.span($0) })
                if some.count < rows.count { parts.append(.live(live, some.endIndex..<rows.upperBound)) }
            }
            guard mayRepeat else { return batch }
            let isNew = ContentSum.each(of: batch).map { given.insert($0).inserted }
            if !isNew.contains(false) { return batch }
            if isNew.contains(true) {
                return SpanBatch(isNew.indices.filter { isNew[$0] }.map { batch.span($0) })
            }
        }
        return nil
    }
}

extension Store {
    /// Finds a trace, and reads nothing of it yet.
    public func tracePieces(_ id: TraceID) -> TracePieces {
        // References are taken in one moment; the slow part happens outside the lock.
        let (live, runs, segments, unreadable) = shared.state.withLock { state in
            (
                (state.frozen?.runs(of: id) ?? []) + state.live.runs(of: id), state.runs, state.segments,
                state.unreadable
            )
        }
        var pieces = TracePieces()
        for run in runs {
            let hits: [IndexReader.Hit]
            do throws(StoreError) {
                hits = try run.read { reader throws(StoreError) in try reader.locations(of: id) }
            } catch {
                pieces.fail(error)
                continue
            }
            for hit in hits {
                guard let segment = segments[hit.segmentNumber] else {
                    // Otherwise a segment that left the store since the run was written: its spans are elsewhere, or
                    // gone.
                    if let reason = unreadable[hit.segmentNumber] { pieces.fail(reason) }
                    continue
                }
                pieces.add(segment, hit.location)
            }
        }
        for (batch, rows) in live { pieces.add(batch, rows) }
        return pieces
    }
}
