import Exposition
import Telemetry

/// The tunnels of one route in one worker: how many there are, against the route's bound, and their metrics. It lives on
/// through reloads, as tunnels do.
final class TunnelSeries {
    /// Requests that may become tunnels, and tunnels.
    private(set) var count = 0
    private let openings: Counter
    private let open: Gauge

    init(registry: MetricRegistry, direction: Direction, route: String) {
        let labels = [MetricLabel("direction", direction.rawValue), MetricLabel("route", route)]
        openings = registry.counter(
            "waybill_proxy_tunnels_opened_total", help: "Upgraded connections and CONNECT tunnels that came about.",
            labels: labels)
        open = registry.gauge(
            "waybill_proxy_tunnels_open", help: "Upgraded connections and CONNECT tunnels open now.", labels: labels)
    }

    func reserve() { count += 1 }

    func opened() {
        openings.increment()
        open.increment()
    }

    func closed(wasOpen: Bool) {
        count -= 1
        if wasOpen { open.decrement() }
    }
}
