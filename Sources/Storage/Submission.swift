import Telemetry

/// What one sender hands over at once: acknowledged as a whole, after its bytes are durable.
public struct Submission: Sendable {
    /// May be empty.
    public var spans: SpanBatch
    public var metrics: MetricBatch?
    /// Metrics as OpenTelemetry's senders report them.
    public var reported: ReportedMetrics?
    /// What the exporter says it had to drop.
    public var losses: [LossRecord]
    public var provenance: Provenance

    public init(
        spans: SpanBatch = SpanBatch(), metrics: MetricBatch? = nil, reported: ReportedMetrics? = nil,
        losses: [LossRecord] = [], provenance: Provenance
    ) {
        self.spans = spans
        self.metrics = metrics
        self.reported = reported
        self.losses = losses
        self.provenance = provenance
    }

    /// When the newest of its spans ended or its interval of metrics did, by the sender's clock; `nil` where it has
    /// neither.
    var newestNanoseconds: UInt64? {
        guard let span = spans.endNanoseconds.max() else { return metrics?.endNanoseconds }
        return max(span, metrics?.endNanoseconds ?? 0)
    }
}

/// How a submission ended well.
public enum AppendOutcome: Sendable, Hashable {
    case stored
    /// Its sequence is stored already: acknowledged again, not stored again.
    case duplicate
}
