import Telemetry

/// The holds in force, ready to be asked about spans.
struct HoldSet {
    let ids: Set<String>
    /// Held by their transactions.
    let traces: Set<TraceID>
    private var matcher: SpanMatcher?
    private let windows: [(from: UInt64, to: UInt64)]

    init(_ holds: [Hold], _ shared: StoreShared) throws(StoreError) {
        ids = HoldSet.ids(holds)
        var traces: Set<TraceID> = []
        var filters: [SpanFilter] = []
        var windows: [(from: UInt64, to: UInt64)] = []
        for hold in holds {
            switch hold.subject {
            case .transaction(let value, let kind):
                for hit in try shared.traces(of: value, kind: kind) { traces.insert(hit.traceID) }
            case .attribute(let key, let value): filters.append(HoldSet.filter(key, value))
            case .time(let from, let to): windows.append((from, to))
            }
        }
        self.traces = traces
        self.windows = windows
        matcher = filters.isEmpty ? nil : try SpanMatcher(.or(filters))
    }

    static func ids(_ holds: [Hold]) -> Set<String> { Set(holds.map(\.id)) }

    /// Every place an attribute can be in, and every type its value can have been written as.
    private static func filter(_ key: String, _ value: String) -> SpanFilter {
        var values: [FilterValue] = [.string(value)]
        if let number = Int64(value) { values.append(.int(number)) }
        if let number = Double(value) { values.append(.double(number)) }
        if let flag = Bool(value) { values.append(.bool(flag)) }
        let scopes: [SpanFilter.AttributeScope] = [.span, .resource, .scope, .event, .link]
        return .or(
            scopes.flatMap { scope in
                values.map { .compare(.attribute(scope, key: key), .equal, $0) }
            })
    }

    /// Whether spans of a segment must be looked at, or none of them can be held for what it holds itself.
    func looksAtSpans(of entry: SegmentEntry) -> Bool {
        // A span may end before it starts, and the earliest end is not known: only the far side can be told.
        matcher != nil || windows.contains { entry.latestEnd >= $0.from }
    }

    var looksAtSpans: Bool { matcher != nil || !windows.isEmpty }

    /// Adds the traces of `batch` that one of its spans holds.
    mutating func collect(from batch: SpanBatch, into held: inout Set<TraceID>) {
        if let rows = matcher?.rows(of: batch) {
            for row in rows { held.insert(batch.traceID[row]) }
        }
        if windows.isEmpty { return }
        for row in 0..<batch.count {
            let (start, end) = (batch.startNanoseconds[row], batch.endNanoseconds[row])
            for window in windows where min(start, end) <= window.to && max(start, end) >= window.from {
                held.insert(batch.traceID[row])
                break
            }
        }
    }
}
