import Telemetry

/// A span is its ids and its content: equal ones are one span, sent twice; different content under equal ids is
/// evidence, and all of it is shown.
enum SpanIdentity {
    /// Spans of one trace, each once, by start time; of equal ones the first received stays.
    static func merge(_ spans: [StoredSpan]) -> [StoredSpan] {
        var merged: [StoredSpan] = []
        merged.reserveCapacity(spans.count)
        // By span id, the first; and, of ids that come again, all by content: hashed, as a trace may have any number of
        // spans with one id.
        var first: [SpanID: Int] = [:]
        var contents: [Span: [Int]] = [:]
        for span in spans {
            if let place = first[span.span.spanID] {
                if contents[merged[place].span] == nil { contents[merged[place].span] = [place] }
                if let equal = contents[span.span]?.first(where: { merged[$0].span.isExactly(span.span) }) {
                    if span.provenance.precedes(merged[equal].provenance) {
                        merged[equal].provenance = span.provenance
                    }
                    continue
                }
                contents[span.span, default: []].append(merged.count)
                merged[place].hasConflict = true
            } else {
                first[span.span.spanID] = merged.count
            }
            merged.append(span)
            merged[merged.count - 1].hasConflict = first[span.span.spanID] != merged.count - 1
        }
        return merged.sorted { left, right in
            let (a, b) = (left.span, right.span)
            if a.startNanoseconds != b.startNanoseconds { return a.startNanoseconds < b.startNanoseconds }
            if a.spanID != b.spanID { return a.spanID < b.spanID }
            return left.provenance.precedes(right.provenance)
        }
    }
}
