import Telemetry

/// Decides to which class each trace of a set of spans belongs.
struct TraceClasses {
    /// The longest kept first; the default class is the last.
    let names: [String]
    private var matchers: [SpanMatcher]

    init(_ rules: RetentionRules) throws(StoreError) {
        // Of two that are kept equally long the one that is written first counts.
        let ordered = rules.rules.enumerated().sorted { left, right in
            let (a, b) = (left.element.keepDays ?? .max, right.element.keepDays ?? .max)
            return a != b ? a > b : left.offset < right.offset
        }.map(\.element)
        names = ordered.map(\.name) + [rules.defaultClass]
        matchers = []
        for rule in ordered { matchers.append(try SpanMatcher(rule.when)) }
    }

    /// The class of each trace that is not of the default class, as an index into `names`.
    mutating func classes(of batches: [LiveBatch]) -> [TraceID: Int] {
        var found: [TraceID: Int] = [:]
        for number in matchers.indices {
            for batch in batches {
                for row in matchers[number].rows(of: batch.spans) {
                    let trace = batch.spans.traceID[row]
                    // Classes come longest first, so the first that is found stays.
                    if found[trace] == nil { found[trace] = number }
                }
            }
        }
        return found
    }

    /// The class of a trace with these spans.
    mutating func longest(of spans: SpanBatch) -> String {
        for number in matchers.indices where !matchers[number].rows(of: spans).isEmpty { return names[number] }
        return names[names.count - 1]
    }

    /// The batches of each class, rows of mixed batches parted; classes without rows are left out.
    mutating func split(_ batches: [LiveBatch]) -> [(name: String, parts: [(batch: SpanBatch, provenance: Provenance)])]
    {
        let last = names.count - 1
        let found = last == 0 ? [:] : classes(of: batches)
        if found.isEmpty { return [(names[last], batches.map { ($0.spans, $0.provenance) })] }
        var parts = [[(batch: SpanBatch, provenance: Provenance)]](repeating: [], count: names.count)
        for batch in batches {
            var rows = [[Int]](repeating: [], count: names.count)
            for (row, trace) in batch.spans.traceID.enumerated() { rows[found[trace] ?? last].append(row) }
            for (number, chosen) in rows.enumerated() where !chosen.isEmpty {
                let spans = chosen.count == batch.spans.count ? batch.spans : batch.spans.selecting(chosen)
                parts[number].append((spans, batch.provenance))
            }
        }
        return zip(names, parts).filter { !$0.1.isEmpty }.map { ($0.0, $0.1) }
    }
}

extension SpanBatch {
    /// The chosen rows, in their order. Strings, values and all else that rows refer to are shared, not copied.
    func selecting(_ rows: [Int]) -> SpanBatch {
        var chosen = SpanBatch()
        chosen.strings = strings
        chosen.shapes = shapes
        chosen.values = values
        chosen.resources = resources
        chosen.scopes = scopes
        chosen.reserve(rows: rows.count)
        for row in rows {
            chosen.events += events[Int(eventStart[row])..<Int(eventStart[row + 1])]
            chosen.links += links[Int(linkStart[row])..<Int(linkStart[row + 1])]
            chosen.append(row: self.row(row))
        }
        return chosen
    }
}
