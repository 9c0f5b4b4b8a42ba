/// The request headers that carry a trace, by the names they are sent under.
public enum TraceHeader: String, Sendable, CaseIterable {
    case traceParent = "traceparent"
    case traceState = "tracestate"
    case b3 = "b3"
    case b3TraceID = "x-b3-traceid"
    case b3SpanID = "x-b3-spanid"
    case b3ParentSpanID = "x-b3-parentspanid"
    case b3Sampled = "x-b3-sampled"
    case b3Flags = "x-b3-flags"
}

/// The headers of a request, as far as propagation reads them.
public protocol TraceHeaders {
    /// Hands the value of the one header of this name to `body`; `nil` when there is none, or several: of two values for
    /// one trace none can be trusted.
    func withValue<R>(of header: TraceHeader, _ body: (UnsafeRawBufferPointer) -> R?) -> R?
    /// The values of all headers of this name, in order.
    func values(of header: TraceHeader) -> [String]
}
