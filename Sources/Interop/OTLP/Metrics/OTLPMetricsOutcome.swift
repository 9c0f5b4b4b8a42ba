/// A metrics request that was taken, and what of it had to be left out.
public struct OTLPMetricsOutcome: Sendable, Hashable {
    public var metrics: OTLPMetrics
    /// Points in `metrics`.
    public var accepted: Int
    /// Points left out because something about them was unusable.
    public var rejected: Int
    /// Why the first rejected point was rejected, with its path and byte offset.
    public var firstRejection: String?
    /// An upper estimate of the memory that `metrics` takes: what admission control counts.
    public var memoryBytes: Int

    public init(
        metrics: OTLPMetrics = OTLPMetrics(), accepted: Int = 0, rejected: Int = 0, firstRejection: String? = nil,
        memoryBytes: Int = 0
    ) {
        self.metrics = metrics
        self.accepted = accepted
        self.rejected = rejected
        self.firstRejection = firstRejection
        self.memoryBytes = memoryBytes
    }
}
