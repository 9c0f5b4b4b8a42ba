import Storage
import Telemetry

/// Finds traces by their spans and reads them whole, the newest match first, one at a time.
///
/// Bounds: what a search of the store may read and how long it may take; the spans that the found traces have together,
/// beyond which no further trace is read (one trace alone is always given whole).
struct TraceFinder: Sendable {
    /// One trace as it was read.
    struct Found {
        var id: TraceID
        /// At least one.
        var spans: [StoredSpan]
        /// Why spans of it may be missing.
        var missing: [String]
    }

    static let maximumTraces = 1500
    static let maximumSpans = 50_000
    let store: Store

    /// - Returns: why there may be more traces than `body` was given; empty when there are none, or as many as asked for.
    func forEach(
        matching filter: SpanFilter, from: UInt64, to: UInt64, limit: Int, isCancelled: () -> Bool,
        _ body: (Found) -> Void
    ) throws -> [String] {
        guard from <= to, limit > 0 else { return [] }
        var order: [TraceID] = []
        var seen: Set<TraceID> = []
        let query = SpanQuery(filter, from: from, to: to)
        let answer = try store.forEachSpan(query, isCancelled: isCancelled) { match, _ throws(StoreError) in
            if seen.insert(match.traceID).inserted { order.append(match.traceID) }
            return order.count < limit
        }
        var gaps = answer.gaps.map(\.description)
        var spans = 0
        for (index, id) in order.enumerated() {
            // Nobody reads the answer any more.
            if isCancelled() { break }
            let found = try read(id)
            guard !found.spans.isEmpty else { continue }
            spans += found.spans.count
            if spans > Self.maximumSpans, index > 0 {
                gaps.append(
                    "The answer stopped after \(index) of \(order.count) traces: together they have more than "
                        + "\(Self.maximumSpans) spans. Ask for fewer traces, or for a shorter time.")
                break
            }
            body(found)
        }
        return gaps
    }

    /// A trace with what can be read of it; without spans when there are none.
    func read(_ id: TraceID) throws -> Found {
        let answer = try store.traceAnswer(id)
        // Where all of it is damaged there is nothing to show but that.
        if answer.spans.isEmpty, let reason = answer.unreadable.first { throw reason }
        let missing = answer.unreadable.map { "A part of the trace cannot be read: \($0.message)" }
        return Found(id: id, spans: answer.spans, missing: missing)
    }
}
