import Telemetry

/// `Exemplar`: one measurement behind a point, with the span during which it was made.
public struct OTLPExemplar: Sendable, Hashable {
    /// Attributes of the measurement that the point does not have.
    public var filteredAttributes: [Attribute]
    public var timeNanoseconds: UInt64
    public var value: OTLPNumber
    /// Invalid where no span was recorded.
    public var traceID: TraceID
    public var spanID: SpanID

    public init(
        filteredAttributes: [Attribute] = [], timeNanoseconds: UInt64 = 0, value: OTLPNumber,
        traceID: TraceID = TraceID(high: 0, low: 0), spanID: SpanID = .none
    ) {
        self.filteredAttributes = filteredAttributes
        self.timeNanoseconds = timeNanoseconds
        self.value = value
        self.traceID = traceID
        self.spanID = spanID
    }
}
