import Mesh

/// One stream route as one worker uses it.
final class StreamRouteState {
    let route: StreamRoute
    let pool: ClusterPool
    let nameBytes: [UInt8]
    let clusterBytes: [UInt8]
    let refusesUnrecorded: Bool
    let recordClass: RecordClass
    /// Of the pool, for the endpoints that the route asks for.
    let balancer: Int
    /// The metrics of messages, where the protocol has some.
    let messages: ISO8583Series
    private var series: StreamSeriesTable

    init(_ route: StreamRoute, pool: ClusterPool, direction: Direction, worker: Worker) {
        self.route = route
        self.pool = pool
        nameBytes = Array(route.name.utf8)
        clusterBytes = Array(route.cluster.utf8)
        refusesUnrecorded = route.payment && route.whenSpoolFull == .refuse
        recordClass = !route.payment ? .ordinary : refusesUnrecorded ? .paymentOrRefuse : .payment
        messages = ISO8583Series(registry: worker.registry, direction: direction, route: route.name)
        balancer = pool.balancer(for: route.subset)
        series = StreamSeriesTable(
            registry: worker.registry, direction: direction, route: route.name, cluster: route.cluster)
    }

    func series(for peer: Principal) -> StreamSeries { series.series(for: peer) }
}
