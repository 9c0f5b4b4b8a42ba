import Telemetry

/// Metric points that were acknowledged in an earlier life of the process, or the totals of many.
public struct RecoveredMetrics: Sendable, Hashable {
    public var metrics: MetricBatch
    /// Metrics as OpenTelemetry's senders report them, or the states that came of many reports.
    public var reported: ReportedMetrics?
    public var provenance: Provenance

    public init(metrics: MetricBatch = MetricBatch(), reported: ReportedMetrics? = nil, provenance: Provenance) {
        self.metrics = metrics
        self.reported = reported
        self.provenance = provenance
    }
}

/// Who adds up the metric deltas that the store keeps.
///
/// Deltas lie in the log, and the log's files go once their spans are sealed; the totals go into the manifest with the
/// commit that lets them go, so that no acknowledged point is lost or counted twice.
public protocol MetricTotals: Sendable {
    /// Called once, while the store opens: what earlier lives acknowledged, oldest first.
    func restore(_ metrics: [RecoveredMetrics])
    /// All that was restored or acknowledged so far, as batches that make the same totals again. Called on the thread
    /// that completes submissions, between completions.
    func totals() -> [RecoveredMetrics]
}
