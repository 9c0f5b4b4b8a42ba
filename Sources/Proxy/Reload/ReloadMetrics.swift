import Exposition
import Telemetry

/// What is known of configurations and credentials taken over while running.
struct ReloadMetrics: Sendable {
    let configurationsApplied: Counter
    let configurationsRefused: Counter
    let credentialsApplied: Counter
    let credentialsRefused: Counter
    let certificateNotAfter: Gauge
    let revokedCertificates: Gauge

    init(registry: MetricRegistry) {
        func reloads(_ what: String, _ result: String) -> Counter {
            registry.counter(
                "waybill_proxy_reloads_total",
                help: "Files read anew while running, by what they hold and whether it was taken over.",
                labels: [MetricLabel("what", what), MetricLabel("result", result)])
        }
        configurationsApplied = reloads("configuration", "applied")
        configurationsRefused = reloads("configuration", "refused")
        credentialsApplied = reloads("credentials", "applied")
        credentialsRefused = reloads("credentials", "refused")
        certificateNotAfter = registry.gauge(
            "waybill_proxy_certificate_not_after_timestamp_seconds",
            help: "Unix time at which the proxy's own certificate ends; zero without one.")
        revokedCertificates = registry.gauge(
            "waybill_proxy_revoked_certificates", help: "Certificates that the watched revocation lists name.")
    }

    func show(_ credentials: Credentials) {
        certificateNotAfter.set(Int(credentials.notAfter ?? 0))
        revokedCertificates.set(credentials.revoked.count)
    }
}
