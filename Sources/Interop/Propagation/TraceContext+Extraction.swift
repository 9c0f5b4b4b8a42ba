extension TraceContext {
    /// The trace a request belongs to: W3C Trace Context, else B3 in one header, else B3 in several; `nil` when none of
    /// them is sound. What comes first and is broken gives way to what comes after: a trace is continued wherever it can
    /// be.
    public static func extract(from headers: some TraceHeaders) -> TraceContext? {
        if var context = headers.withValue(of: .traceParent, { W3C.parse(traceParent: $0) }) {
            let states = headers.values(of: .traceState)
            if !states.isEmpty { context.traceState = TraceState.combine(states) ?? "" }
            return context
        }
        if let context = headers.withValue(of: .b3, { B3.parse(single: $0) }) { return context }
        return headers.withValue(of: .b3TraceID) { traceID in
            headers.withValue(of: .b3SpanID) { spanID in
                B3.parse(traceID: traceID, spanID: spanID, sampling: B3Sampling(headers))
            }
        }
    }
}
