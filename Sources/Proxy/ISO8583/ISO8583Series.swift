import Exposition
import Telemetry

/// The messages of one ISO 8583 route.
final class ISO8583Series {
    enum Outcome: String, CaseIterable {
        case answered
        case unanswered
        /// A notification or acknowledgement: nobody owes an answer.
        case oneWay = "one-way"
        /// An answer without a request.
        case unmatched
    }

    let faults: Counter
    private let outcomes: [Outcome: Counter]
    private let duration: Histogram

    init(registry: MetricRegistry, direction: Direction, route: String) {
        let labels = [MetricLabel("direction", direction.rawValue), MetricLabel("route", route)]
        faults = registry.counter(
            "waybill_proxy_iso8583_faults_total",
            help: "ISO 8583 messages that are not as their dialect says.", labels: labels)
        duration = registry.histogram(
            "waybill_proxy_iso8583_duration_seconds",
            help: "Time from an ISO 8583 request to its answer, in seconds.", labels: labels)
        outcomes = Dictionary(
            uniqueKeysWithValues: Outcome.allCases.map { outcome in
                let counter = registry.counter(
                    "waybill_proxy_iso8583_exchanges_total", help: "ISO 8583 requests by what became of them.",
                    labels: labels + [MetricLabel("outcome", outcome.rawValue)])
                return (outcome, counter)
            })
    }

    func ended(_ outcome: Outcome, nanoseconds: UInt64) {
        outcomes[outcome]?.increment()
        if outcome == .answered { duration.observe(nanoseconds: nanoseconds) }
    }
}
