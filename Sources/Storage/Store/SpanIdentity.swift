import Telemetry

/// A span is its ids and its content: equal ones are one span, sent twice; different content under equal ids is
/// evidence, and all of it is shown.
enum SpanIdentity {
    /// Spans of one trace, each once, by start time; of equal ones the first received stays.
    static func merge(_ spans: [StoredSpan]) -> [StoredSpan] {
        var merged: [StoredSpan] = []
        merged.reserveCapacity(spans.count)
        var places: [SpanID: [Int]] = [:]
        for span in spans {
            let known = places[span.span.spanID] ?? []
            if let place = known.first(where: { merged[$0].span == span.span }) {
                if span.provenance.receivedNanoseconds < merged[place].provenance.receivedNanoseconds {
                    merged[place].provenance = span.provenance
                }
                continue
            }
            places[span.span.spanID] = known + [merged.count]
            merged.append(span)
            merged[merged.count - 1].hasConflict = false
        }
        for same in places.values where same.count > 1 {
            for place in same { merged[place].hasConflict = true }
        }
        return merged.sorted { left, right in
            left.span.startNanoseconds != right.span.startNanoseconds
                ? left.span.startNanoseconds < right.span.startNanoseconds : left.span.spanID < right.span.spanID
        }
    }
}
