import Exposition
import Telemetry

/// What is known of certificates taken over while running.
struct CredentialMetrics: Sendable {
    let applied: Counter
    let refused: Counter
    /// 1 while the files are refused as they are.
    let isRefusing: Gauge
    let connectionsExpired: Counter
    let connectionsUntrusted: Counter
    private let notAfter: Gauge
    private let loaded: Gauge

    init(registry: MetricRegistry) {
        func reloads(_ result: String) -> Counter {
            registry.counter(
                "waybill_collector_reloads_total",
                help: "Files read anew while running, by what they hold and whether it was taken over.",
                labels: [MetricLabel("what", "credentials"), MetricLabel("result", result)])
        }
        func cut(_ reason: String) -> Counter {
            registry.counter(
                "waybill_collector_connections_cut_total",
                help: "Connections ended because their peer's certificate is not trusted any more.",
                labels: [MetricLabel("reason", reason)])
        }
        applied = reloads("applied")
        refused = reloads("refused")
        connectionsExpired = cut("expired")
        connectionsUntrusted = cut("untrusted")
        isRefusing = registry.gauge(
            "waybill_collector_credentials_refused",
            help: "1 while the files of certificate, key and roots are refused as they are and older ones serve.")
        notAfter = registry.gauge(
            "waybill_collector_certificate_not_after_timestamp_seconds",
            help: "Unix time at which the collector's own certificate ends; zero without one.")
        loaded = registry.gauge(
            "waybill_collector_credentials_loaded_timestamp_seconds",
            help: "Unix time at which the certificate, key and roots that serve were read; zero without them.")
    }

    func show(_ credentials: Credentials, loadedAt now: Int64) {
        notAfter.set(Int(credentials.leaf.notAfter))
        loaded.set(Int(now))
    }
}
