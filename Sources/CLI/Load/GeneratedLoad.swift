import Telemetry
import Workload

/// Generated payments, cut to an exact number of spans.
struct GeneratedLoad: LoadSource {
    private var workload: PaymentWorkload
    private var remaining: Int

    init(_ configuration: WorkloadConfiguration, spans: Int) {
        workload = PaymentWorkload(configuration)
        remaining = spans
    }

    mutating func next() -> LoadItem? {
        if remaining == 0 { return nil }
        let batch = workload.next()
        if batch.spans.count <= remaining {
            remaining -= batch.spans.count
            return LoadItem(spans: batch.spans, traces: batch.traces)
        }
        let first = (0..<remaining).map { batch.spans.span($0) }
        var traces: [WorkloadBatch.Trace] = []
        var left = remaining
        for var trace in batch.traces where left > 0 {
            trace.spans = first.count { $0.traceID == trace.traceID }
            if trace.spans > 0 { traces.append(trace) }
            left -= trace.spans
        }
        remaining = 0
        return LoadItem(spans: SpanBatch(first), traces: traces)
    }
}
