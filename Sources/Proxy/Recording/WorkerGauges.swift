import Exposition
import Telemetry

/// What one worker holds now.
struct WorkerGauges {
    private let downstream: Gauge
    private let upstream: Gauge
    private let idle: Gauge
    private let pending: Gauge
    /// How late the event loop comes to its timers: what a request waits for the processor.
    let delay: Histogram

    init(registry: MetricRegistry, worker: Int) {
        let labels = [MetricLabel("worker", String(worker))]
        downstream = registry.gauge(
            "waybill_proxy_downstream_connections", help: "Connections of clients that are open.", labels: labels)
        upstream = registry.gauge(
            "waybill_proxy_upstream_connections", help: "Connections to upstreams that are open.", labels: labels)
        idle = registry.gauge(
            "waybill_proxy_upstream_connections_idle", help: "Connections to upstreams that wait for a request.",
            labels: labels)
        pending = registry.gauge(
            "waybill_proxy_requests_pending", help: "Requests that wait for an upstream connection.", labels: labels)
        delay = registry.histogram(
            "waybill_proxy_event_loop_delay_seconds",
            help: "How late an event loop comes to its timers, in seconds: the saturation of its core.",
            labels: labels)
    }

    func update(_ worker: Worker) {
        downstream.set(worker.openDownstream)
        upstream.set(worker.openUpstream)
        idle.set(worker.idleUpstream)
        pending.set(worker.pendingRequests)
        for pool in worker.pools { pool.updateGauges() }
    }
}
