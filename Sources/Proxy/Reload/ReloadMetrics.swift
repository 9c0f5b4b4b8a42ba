import Exposition
import Telemetry

/// What is known of configurations and credentials taken over while running.
struct ReloadMetrics: Sendable {
    let configurationsApplied: Counter
    let configurationsRefused: Counter
    let credentialsApplied: Counter
    let credentialsRefused: Counter
    let listsRefused: Counter
    let certificateNotAfter: Gauge
    let revokedCertificates: Gauge
    let revocationLists: Gauge
    let expiredRevocationLists: Gauge
    let revocationListNextUpdate: Gauge

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
        listsRefused = reloads("revocation-lists", "refused")
        certificateNotAfter = registry.gauge(
            "waybill_proxy_certificate_not_after_timestamp_seconds",
            help: "Unix time at which the proxy's own certificate ends; zero without one.")
        revokedCertificates = registry.gauge(
            "waybill_proxy_revoked_certificates", help: "Certificates that the watched revocation lists name.")
        revocationLists = registry.gauge(
            "waybill_proxy_revocation_lists", help: "Revocation lists that serve, expired ones included.")
        expiredRevocationLists = registry.gauge(
            "waybill_proxy_revocation_lists_expired",
            help: "Revocation lists past their nextUpdate; they go on serving until they are replaced.")
        revocationListNextUpdate = registry.gauge(
            "waybill_proxy_revocation_list_next_update_timestamp_seconds",
            help: "Unix time at which the first of the revocation lists is due to be replaced; zero without one.")
    }

    func show(_ credentials: Credentials) {
        certificateNotAfter.set(Int(credentials.notAfter ?? 0))
        revokedCertificates.set(credentials.revoked.count)
        revocationLists.set(credentials.revoked.lists)
        revocationListNextUpdate.set(Int(credentials.revoked.nextUpdate ?? 0))
    }
}
