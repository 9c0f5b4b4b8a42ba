import Interop
import Telemetry

/// Where every door hands over the metrics it decoded.
package protocol MetricIntake: Sendable {
    typealias Answer = Result<MetricIntakeOutcome, IntakeRefusal>

    /// Takes a whole request. `reply` is called once, from any thread; success means that what was accepted is durable.
    func take(
        _ metrics: OTLPMetrics, door: Door, principal: String, reply: @escaping @Sendable (Answer) -> Void)
}

/// What became of a metrics request that was taken.
package struct MetricIntakeOutcome: Sendable, Hashable {
    /// Points that count, those among them that were sent again.
    package var accepted: Int
    /// Points left out: older than what is there, or not to be written for Prometheus.
    package var rejected: Int
    /// Why the first of these was left out.
    package var firstRejection: String?

    package init(accepted: Int, rejected: Int = 0, firstRejection: String? = nil) {
        self.accepted = accepted
        self.rejected = rejected
        self.firstRejection = firstRejection
    }
}
