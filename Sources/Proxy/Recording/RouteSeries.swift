import Exposition
import Telemetry
import Transport

/// The requests, errors and durations of one route and one peer.
final class RouteSeries {
    private let registry: MetricRegistry
    private let labels: [MetricLabel]
    private let byClass: [Counter]
    /// Of gRPC calls, by class and gRPC status; made when first needed.
    private var byCode: [Int: Counter] = [:]
    private let duration: Histogram
    private let inFlight: Gauge
    private let received: Counter
    private let sent: Counter

    init(registry: MetricRegistry, labels: [MetricLabel]) {
        self.registry = registry
        self.labels = labels
        byClass = Self.classes.map {
            registry.counter(Self.requests, help: Self.help, labels: labels + [MetricLabel("code", $0)])
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

    private static let requests = "waybill_proxy_requests_total"
    private static let help =
        "Requests that ended, by class of status code; none when no answer was sent. Of gRPC calls by grpc_status, and "
        + "by the class of the HTTP status that says the same."
    private static let classes = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"]

    func began() { inFlight.increment() }

    /// - Parameter code: How a gRPC call ended; `nil` for all other requests.
    func ended(status: Int, code: GRPCCode?, nanoseconds: UInt64, requestBytes: Int, responseBytes: Int) {
        inFlight.decrement()
        let place = (0...599).contains(status) ? status / 100 : 0
        if let code {
            // A failed call is an error to those who watch for 5xx, whatever HTTP says of it.
            calls(place == 0 ? 0 : code.httpStatus / 100, code).increment()
        } else {
            byClass[place].increment()
        }
        duration.observe(nanoseconds: nanoseconds)
        if requestBytes > 0 { received.increment(by: requestBytes) }
        if responseBytes > 0 { sent.increment(by: responseBytes) }
    }

    private func calls(_ place: Int, _ code: GRPCCode) -> Counter {
        let key = place << 8 | Int(code.rawValue)
        if let counter = byCode[key] { return counter }
        let both = [MetricLabel("code", Self.classes[place]), MetricLabel("grpc_status", code.text)]
        let counter = registry.counter(Self.requests, help: Self.help, labels: labels + both)
        byCode[key] = counter
        return counter
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
