import Mesh

/// One stream route as one worker uses it.
final class StreamRouteState {
    let route: StreamRoute
    let nameBytes: [UInt8]
    let refusesUnrecorded: Bool
    let recordClass: RecordClass
    /// The metrics of messages, where the protocol has some.
    let messages: ISO8583Series
    private let destinations: [Destination]
    private var series: StreamSeriesTable

    /// - Parameter pool: Of the route's only cluster, where no configuration names that.
    init(_ route: StreamRoute, pool: ClusterPool? = nil, direction: Direction, worker: Worker) {
        self.route = route
        destinations = Destination.list(route.clusters) { pool ?? worker.pool(named: $0) }
        nameBytes = Array(route.name.utf8)
        refusesUnrecorded = route.payment && route.whenSpoolFull == .refuse
        recordClass = !route.payment ? .ordinary : refusesUnrecorded ? .paymentOrRefuse : .payment
        messages = ISO8583Series(registry: worker.registry, direction: direction, route: route.name)
        series = StreamSeriesTable(
            registry: worker.registry, direction: direction, route: route.name,
            cluster: WeightedCluster.names(route.clusters))
    }

    /// Where the next connection goes, by weight.
    func destination(_ random: inout FastRandom) -> Destination { Destination.pick(destinations, &random) }

    func series(for peer: Principal) -> StreamSeries { series.series(for: peer) }
}
