import Exposition
import Mesh
import Telemetry
import Wire

/// One route as one worker uses it: its destinations, its limits, its extractor, its metrics, and its names as bytes for
/// spans.
final class RouteState {
    /// What holds for connection races where the route has no retries of its own.
    let standardRetries = RetryPolicy()

    let route: Route
    let destinations: [Destination]
    /// `nil` when the route looks for no transaction.
    let extractor: TransactionExtractor?
    let nameBytes: [UInt8]
    /// `http.route`: the path, prefix or template that the route matches; empty when it takes all paths.
    let templateBytes: [UInt8]
    let refusesUnrecorded: Bool
    let recordClass: RecordClass
    let requestEdits: FieldEdits
    let responseEdits: FieldEdits
    let limiters: [RateLimiter]
    /// `nil` without fault rules.
    var faults: FaultInjector?
    let faultsInjected: [String: Counter]
    /// How copies of the requests go; `nil` when none are made.
    let mirror: RouteState?
    /// `nil` where none are allowed.
    let tunnels: TunnelSeries?
    private var series: RouteSeriesTable

    init(_ route: Route, listener: String, direction: Direction, worker: Worker) {
        self.route = route
        destinations = Destination.list(route.clusters) { worker.pool(named: $0) }
        extractor = route.transactionSources.isEmpty ? nil : TransactionExtractor(sources: route.transactionSources)
        nameBytes = Array(route.name.utf8)
        templateBytes = Array((route.match.path?.text ?? "").utf8)
        refusesUnrecorded = route.payment && route.whenSpoolFull == .refuse
        recordClass = !route.payment ? .ordinary : refusesUnrecorded ? .paymentOrRefuse : .payment
        requestEdits = FieldEdits(route.requestHeaders)
        responseEdits = FieldEdits(route.responseHeaders)
        limiters = worker.limiters(of: route, listener: listener)
        faults = route.faults.isEmpty ? nil : FaultInjector(route.faults)
        faultsInjected = Dictionary(
            uniqueKeysWithValues: route.faults.map { fault in
                let counter = worker.registry.counter(
                    "waybill_proxy_faults_injected_total", help: "Requests that a fault rule touched.",
                    labels: [MetricLabel("route", route.name), MetricLabel("fault", fault.name)])
                return (fault.name, counter)
            })
        mirror = route.mirror.map {
            RouteState(Self.mirror($0, of: route), listener: listener, direction: direction, worker: worker)
        }
        tunnels = route.upgrades.map { _ in worker.tunnels(of: route, listener: listener, direction: direction) }
        series = RouteSeriesTable(
            registry: worker.registry, direction: direction, route: route.name,
            cluster: WeightedCluster.names(route.clusters))
    }

    /// Copies are requests of their own: not repeated, not payments, and their answers go nowhere.
    private static func mirror(_ mirror: RequestMirror, of route: Route) -> Route {
        var copy = Route(
            name: route.name + " (mirror)", match: route.match, cluster: mirror.cluster,
            timeoutMilliseconds: route.timeoutMilliseconds)
        copy.requestHeaders = route.requestHeaders
        return copy
    }

    /// Where the next request goes, by weight.
    func destination(_ random: inout FastRandom) -> Destination { Destination.pick(destinations, &random) }

    func series(for peer: Principal) -> RouteSeries { series.series(for: peer) }
}
