import Telemetry
import TraceQL

extension FoundTrace {
    /// - Parameter sets: what the query found in `trace`; not empty.
    init(_ trace: TraceView, _ sets: [SpanSet], shown: [Field], spansPerSpanSet: Int) {
        traceID = trace.spans[0].traceID
        rootServiceName = trace.root?.resource.serviceName ?? ""
        rootTraceName = trace.root?.name ?? ""
        startNanoseconds = trace.startNanoseconds
        durationNanoseconds = trace.durationNanoseconds
        cursor = TraceSearchCursor(trace, sets)
        var stats: [String: ServiceStats] = [:]
        for span in trace.spans {
            let service = span.resource.serviceName
            stats[service, default: ServiceStats(service: service, spanCount: 0, errorCount: 0)].spanCount += 1
            if span.status.isError { stats[service]?.errorCount += 1 }
        }
        serviceStats = stats.values.sorted { $0.service < $1.service }
        spanSets = sets.map { set in
            let rows = spansPerSpanSet > 0 ? set.rows.prefix(spansPerSpanSet) : set.rows[...]
            return FoundSpanSet(
                spans: rows.map { row in
                    FoundSpan(
                        span: trace.spans[row],
                        selected: shown.compactMap { field in
                            trace.value(field, row).attributeValue.map { Attribute(field.name, $0) }
                        })
                },
                matched: set.rows.count, attributes: set.attributes)
        }
    }
}

extension TraceSearchCursor {
    /// By the newest span that any of `sets` has.
    init(_ trace: TraceView, _ sets: [SpanSet]) {
        var newest: UInt64 = 0
        for set in sets { for row in set.rows { newest = max(newest, trace.spans[row].startNanoseconds) } }
        self.init(startNanoseconds: newest, traceID: trace.spans[0].traceID)
    }
}
