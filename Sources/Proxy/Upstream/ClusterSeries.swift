import Exposition
import Telemetry

/// What is counted of a cluster by one worker.
struct ClusterSeries {
    let ejections: Counter
    let breakerOpenings: Counter
    let retriesRefused: Counter
    private let checksPassed: Counter
    private let checksFailed: Counter
    let available: Gauge
    let unavailable: Gauge
    let panics: Gauge
    let limit: Gauge
    let breakerIsOpen: Gauge

    init(registry: MetricRegistry, cluster: String, worker: Int) {
        let labels = [MetricLabel("cluster", cluster)]
        let own = labels + [MetricLabel("worker", String(worker))]
        ejections = registry.counter(
            "waybill_proxy_endpoint_ejections_total", help: "Endpoints ejected by outlier detection.", labels: labels)
        breakerOpenings = registry.counter(
            "waybill_proxy_breaker_openings_total", help: "Times that the failure-rate breaker opened.",
            labels: labels)
        retriesRefused = registry.counter(
            "waybill_proxy_retries_refused_total", help: "Retries that the cluster's budget did not allow.",
            labels: labels)
        let checks = { (result: String) in
            registry.counter(
                "waybill_proxy_health_checks_total", help: "Active health checks, by result.",
                labels: labels + [MetricLabel("result", result)])
        }
        checksPassed = checks("passed")
        checksFailed = checks("failed")
        available = registry.gauge(
            "waybill_proxy_endpoints_available", help: "Endpoints neither ejected nor failing their checks.",
            labels: own)
        unavailable = registry.gauge(
            "waybill_proxy_endpoints_unavailable", help: "Endpoints ejected or failing their checks.", labels: own)
        panics = registry.gauge(
            "waybill_proxy_cluster_panic",
            help: "1 while so few endpoints are available that all get requests.", labels: own)
        limit = registry.gauge(
            "waybill_proxy_concurrency_limit", help: "Requests that load shedding lets a worker have under way.",
            labels: own)
        breakerIsOpen = registry.gauge(
            "waybill_proxy_breaker_open", help: "1 while the failure-rate breaker is open or half open.", labels: own)
    }

    /// The cluster is gone; so is what was the matter with it.
    func clear() { for gauge in [available, unavailable, panics, limit, breakerIsOpen] { gauge.set(0) } }

    func checked(passed: Bool) { (passed ? checksPassed : checksFailed).increment() }
}
