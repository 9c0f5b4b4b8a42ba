import Telemetry

/// A row that matches, not yet read as a whole.
struct Candidate {
    /// Where the row is.
    enum Place {
        case live(LiveBatch)
        /// A block of the segment's blocks of rows.
        case block(GroupScan, index: Int)
    }

    var start: UInt64
    var traceID: TraceID
    var spanID: SpanID
    /// Its number among the search's places, and the row there.
    var place: Int
    var row: Int

    /// Whether it comes before `other`, as far as that is known without reading the spans.
    func precedes(_ other: Candidate) -> Bool {
        if start != other.start { return start > other.start }
        if traceID != other.traceID { return traceID < other.traceID }
        return spanID < other.spanID
    }

    func hasSameIdentity(as other: Candidate) -> Bool {
        start == other.start && traceID == other.traceID && spanID == other.spanID
    }

    /// Whether it comes before the place where a page ended, as far as that is known without reading the span.
    func isBefore(_ cursor: SearchCursor) -> Bool {
        SearchCursor(startNanoseconds: start, traceID: traceID, spanID: spanID, content: cursor.content) < cursor
    }
}
