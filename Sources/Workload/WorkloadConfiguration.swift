/// What payments to make.
public struct WorkloadConfiguration: Sendable {
    public enum SpanIDs: Sendable {
        case random
        /// As proxies mint them: 32 random bits for each service's proxy, then a counter.
        case minted
    }

    public enum Shape: Sendable {
        /// Batches of whole traces, as one collector or a replay sends them.
        case traces
        /// Batches of one service each, as its proxy sends them: about two spans a trace.
        case proxy
    }

    public var seed: UInt64
    /// When the first payment starts, Unix nanoseconds.
    public var startNanoseconds: UInt64
    /// The mean time between two payments.
    public var intervalNanoseconds: UInt64
    public var spanIDs: SpanIDs
    public var shape: Shape
    /// Spans of one batch.
    public var batchSpans: Int

    public init(
        seed: UInt64, startNanoseconds: UInt64 = 1_780_000_000_000_000_000, intervalNanoseconds: UInt64 = 1_000_000,
        spanIDs: SpanIDs = .random, shape: Shape = .traces, batchSpans: Int = 1000
    ) {
        precondition(batchSpans > 0, "a batch holds at least one span")
        self.seed = seed
        self.startNanoseconds = startNanoseconds
        self.intervalNanoseconds = intervalNanoseconds
        self.spanIDs = spanIDs
        self.shape = shape
        self.batchSpans = batchSpans
    }
}
