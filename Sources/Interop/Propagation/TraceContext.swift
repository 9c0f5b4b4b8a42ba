import Telemetry

/// What a request carries of the trace it belongs to.
public struct TraceContext: Sendable, Hashable {
    /// The trace flags this version defines: bit 0 sampled (W3C Trace Context), bit 1 random trace id (level 2).
    public static let sampled: UInt8 = 1
    public static let randomTraceID: UInt8 = 2

    public var traceID: TraceID
    /// The caller's span: the parent of the span that continues the trace.
    public var parentSpanID: SpanID
    public var flags: UInt8
    /// The combined `tracestate` value as it will be sent on; empty when there is none.
    public var traceState: String
    /// B3's debug: sampled, and recorded with no sampler asked anywhere. W3C headers cannot say it.
    public var isDebug: Bool

    public init(
        traceID: TraceID, parentSpanID: SpanID, flags: UInt8 = 0, traceState: String = "", isDebug: Bool = false
    ) {
        self.traceID = traceID
        self.parentSpanID = parentSpanID
        self.flags = flags
        self.traceState = traceState
        self.isDebug = isDebug
    }

    public var isSampled: Bool { flags & Self.sampled != 0 }
}
