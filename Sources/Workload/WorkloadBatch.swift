import Telemetry

/// A batch of generated spans and the traces they belong to.
public struct WorkloadBatch: Sendable {
    public struct Trace: Sendable, Hashable {
        public var traceID: TraceID
        /// Its spans in this batch; a trace may have more in others.
        public var spans: Int
        public var transaction: String

        public init(traceID: TraceID, spans: Int, transaction: String) {
            self.traceID = traceID
            self.spans = spans
            self.transaction = transaction
        }
    }

    public var spans: SpanBatch
    public var traces: [Trace]

    public init(spans: SpanBatch, traces: [Trace]) {
        self.spans = spans
        self.traces = traces
    }
}
