import Telemetry

/// A span that a search found.
public struct SpanMatch: Sendable, Hashable {
    public var span: Span
    /// Of a span that is stored more than once: of the copy that was received first.
    public var provenance: Provenance
    /// The first 64 bits of the span's content hash: tells spans with the same ids apart.
    public var content: UInt64

    public var traceID: TraceID { span.traceID }
    public var spanID: SpanID { span.spanID }
    public var startNanoseconds: UInt64 { span.startNanoseconds }
    public var durationNanoseconds: UInt64 { span.durationNanoseconds }
    public var service: String { span.resource.serviceName }
    public var name: String { span.name }

    /// Its place in the order of answers.
    public var cursor: SearchCursor {
        SearchCursor(
            startNanoseconds: span.startNanoseconds, traceID: span.traceID, spanID: span.spanID, content: content)
    }
}
