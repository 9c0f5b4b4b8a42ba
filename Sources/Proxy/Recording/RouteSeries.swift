import Exposition
import Telemetry

/// The requests, errors and durations of one route and one peer.
final class RouteSeries {
    private let byClass: [Counter]
    private let duration: Histogram
    private let inFlight: Gauge
    private let received: Counter
    private let sent: Counter

    init(registry: MetricRegistry, labels: [MetricLabel]) {
        byClass = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"].map { code in
            registry.counter(
                "waybill_proxy_requests_total",
                help: "Requests that ended, by class of status code; none when no answer was sent.",
                labels: labels + [MetricLabel("code", code)])
        }
        duration = registry.histogram(
            "waybill_proxy_request_duration_seconds",
            help: "Time from a request's head to the end of its answer, in seconds.", labels: labels)
        inFlight = registry.gauge(
            "waybill_proxy_requests_in_flight", help: "Requests being answered now.", labels: labels)
        received = registry.counter(
            "waybill_proxy_request_bytes_total", help: "Bytes of request bodies passed on.", labels: labels)
        sent = registry.counter(
            "waybill_proxy_response_bytes_total", help: "Bytes of response bodies passed on.", labels: labels)
    }

    func began() { inFlight.increment() }

    func ended(status: Int, nanoseconds: UInt64, requestBytes: Int, responseBytes: Int) {
        inFlight.decrement()
        byClass[(0...599).contains(status) ? status / 100 : 0].increment()
        duration.observe(nanoseconds: nanoseconds)
        if requestBytes > 0 { received.increment(by: requestBytes) }
        if responseBytes > 0 { sent.increment(by: responseBytes) }
    }
}

/// The series of one route by peer. Peers come from certificates of the trust domain; the registry folds those beyond
/// its bound, and this table forgets when it is full.
struct RouteSeriesTable {
    static let maximumPeers = 1024

    let registry: MetricRegistry
    let direction: Direction
    let route: String
    let cluster: String
    private var known: [String: RouteSeries] = [:]
    private var last: (peer: String, series: RouteSeries)?

    init(registry: MetricRegistry, direction: Direction, route: String, cluster: String) {
        self.registry = registry
        self.direction = direction
        self.route = route
        self.cluster = cluster
    }

    /// `peer` is the caller inbound; outbound the peer is the cluster.
    mutating func series(for caller: Principal) -> RouteSeries {
        let peer = direction == .inbound ? caller.text : cluster
        if let last, last.peer == peer { return last.series }
        if let series = known[peer] {
            last = (peer, series)
            return series
        }
        if known.count == Self.maximumPeers { known.removeAll() }
        let series = RouteSeries(
            registry: registry,
            labels: [
                MetricLabel("direction", direction.rawValue), MetricLabel("route", route), MetricLabel("peer", peer),
            ])
        known[peer] = series
        last = (peer, series)
        return series
    }
}
