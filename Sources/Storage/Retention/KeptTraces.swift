import Telemetry

/// Finds the traces of one segment that must outlive it: held ones, and those of which a piece elsewhere is in a class
/// that is kept longer.
struct KeptTraces {
    /// Why and as what a trace stays.
    enum Reason: Hashable {
        case held
        case longer(String)
    }

    /// Rows that are read together.
    private static let chunkSpans = 8192

    let shared: StoreShared
    let pace: UpkeepPace
    var holds: HoldSet
    /// Whether longer classes count; a store that is too large cannot heed them.
    let heedsClasses: Bool

    /// - Returns: what stays, and whether that is every trace of the segment.
    /// - Throws: where it cannot be told for certain: nothing may be removed then.
    mutating func find(in segment: SealedSegment) throws(StoreError) -> (kept: [TraceID: Reason], isAll: Bool) {
        let reader = try segment.reader(cache: SegmentCache(limitBytes: SegmentRewrite.cacheBytes))
        var ids: [TraceID] = []
        var held: Set<TraceID> = []
        for group in reader.groups.indices {
            let traces = try reader.traces(in: group)
            for trace in traces {
                ids.append(trace.traceID)
                if holds.traces.contains(trace.traceID) { held.insert(trace.traceID) }
            }
            if holds.looksAtSpans(of: segment.entry) { try look(at: traces, reader, &held) }
        }
        ids.sort()
        var sorted: [TraceID] = []
        sorted.reserveCapacity(ids.count)
        for id in ids where sorted.last != id { sorted.append(id) }
        ids = []
        var promoted: [TraceID: String] = [:]
        try lookElsewhere(sorted, segment, &held, &promoted)
        try lookAtLive(sorted, segment, &held, &promoted)
        var kept: [TraceID: Reason] = [:]
        for trace in held { kept[trace] = .held }
        for (trace, name) in promoted { kept[trace] = .longer(name) }
        return (kept, kept.count == sorted.count)
    }

    private mutating func look(
        at traces: [TraceLocation], _ reader: SegmentReader, _ held: inout Set<TraceID>
    ) throws(StoreError) {
        var start = 0
        while start < traces.count {
            var end = start
            var spans = 0
            while end < traces.count, end == start || spans + Int(traces[end].rowCount) <= KeptTraces.chunkSpans {
                spans += Int(traces[end].rowCount)
                end += 1
            }
            let (batch, _, _) = try reader.read(traces[start..<end])
            holds.collect(from: batch, into: &held)
            try pace.spend(reader.fileBytes * batch.count / max(1, reader.spanCount))
            start = end
        }
    }

    /// Pieces of the same traces in other segments. Most traces have none.
    private mutating func lookElsewhere(
        _ ids: [TraceID], _ segment: SealedSegment, _ held: inout Set<TraceID>, _ promoted: inout [TraceID: String]
    ) throws(StoreError) {
        let (runs, segments, unreadable) = shared.state.withLock { ($0.runs, $0.segments, $0.unreadable) }
        let rules = shared.configuration.retention
        let own = rules.length(ofClass: segment.entry.retentionClass)
        var places: [UInt64: [TraceLocation]] = [:]
        for run in runs where run.entry.segments.contains(where: { $0 != segment.entry.number }) {
            try run.read { reader throws(StoreError) in
                try reader.locations(ofSorted: ids) { hit throws(StoreError) in
                    guard hit.segmentNumber != segment.entry.number else { return }
                    guard let other = segments[hit.segmentNumber] else {
                        // What cannot be read may hold the trace.
                        if unreadable[hit.segmentNumber] != nil, holds.looksAtSpans {
                            held.insert(hit.location.traceID)
                        }
                        return
                    }
                    let trace = hit.location.traceID
                    let length = rules.length(ofClass: other.entry.retentionClass)
                    if heedsClasses, length > own {
                        let known = promoted[trace].map { rules.length(ofClass: $0) } ?? own
                        if length > known { promoted[trace] = other.entry.retentionClass }
                    }
                    if holds.looksAtSpans(of: other.entry), !held.contains(trace) {
                        places[hit.segmentNumber, default: []].append(hit.location)
                    }
                }
            }
            try pace.spend(0)
        }
        for (number, locations) in places.sorted(by: { $0.key < $1.key }) {
            guard let other = segments[number] else { continue }
            let sorted = locations.filter { !held.contains($0.traceID) }.sorted { $0.firstRow < $1.firstRow }
            do throws(StoreError) {
                try other.read { reader throws(StoreError) in try look(at: sorted, reader, &held) }
            } catch  where error.code == .corrupt {
                // What cannot be read may hold them.
                for location in sorted { held.insert(location.traceID) }
            }
        }
    }

    /// Pieces that are not sealed yet.
    private mutating func lookAtLive(
        _ ids: [TraceID], _ segment: SealedSegment, _ held: inout Set<TraceID>, _ promoted: inout [TraceID: String]
    ) throws(StoreError) {
        let (live, frozen) = shared.state.withLock { ($0.live, $0.frozen) }
        let rules = shared.configuration.retention
        var classes = try TraceClasses(rules)
        for set in [live, frozen].compactMap({ $0 }) where set.spanCount > 0 {
            for id in ids {
                for (batch, rows) in set.runs(of: id) {
                    let piece = batch.spans.selecting(Array(rows))
                    holds.collect(from: piece, into: &held)
                    guard heedsClasses else { continue }
                    let name = classes.longest(of: piece)
                    let known = promoted[id] ?? segment.entry.retentionClass
                    if rules.length(ofClass: name) > rules.length(ofClass: known) { promoted[id] = name }
                }
            }
        }
    }
}
