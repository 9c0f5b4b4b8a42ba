import Mesh
import Wire

/// One route as one worker uses it: its pool, its extractor, its metrics, and its names as bytes for spans.
final class RouteState {
    /// What holds for connection races where the route has no retries of its own.
    let standardRetries = RetryPolicy()

    let route: Route
    let pool: ClusterPool
    /// `nil` when the route looks for no transaction.
    let extractor: TransactionExtractor?
    let nameBytes: [UInt8]
    let clusterBytes: [UInt8]
    /// `http.route`: the path, prefix or template that the route matches; empty when it takes all paths.
    let templateBytes: [UInt8]
    let refusesUnrecorded: Bool
    let recordClass: RecordClass
    private var series: RouteSeriesTable

    init(_ route: Route, pool: ClusterPool, direction: Direction, worker: Worker) {
        self.route = route
        self.pool = pool
        extractor = route.transactionSources.isEmpty ? nil : TransactionExtractor(sources: route.transactionSources)
        nameBytes = Array(route.name.utf8)
        clusterBytes = Array(route.cluster.utf8)
        templateBytes = Array((route.match.path?.text ?? "").utf8)
        refusesUnrecorded = route.payment && route.whenSpoolFull == .refuse
        recordClass = !route.payment ? .ordinary : refusesUnrecorded ? .paymentOrRefuse : .payment
        series = RouteSeriesTable(
            registry: worker.registry, direction: direction, route: route.name, cluster: route.cluster)
    }

    func series(for peer: Principal) -> RouteSeries { series.series(for: peer) }
}
