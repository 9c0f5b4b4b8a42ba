import Mesh
import Transport

/// One stream route as one worker uses it.
final class StreamRouteState {
    let route: StreamRoute
    let pool: ClusterPool
    let nameBytes: [UInt8]
    let clusterBytes: [UInt8]
    let refusesUnrecorded: Bool
    let recordClass: RecordClass
    /// The TLS that the cluster asks for; `nil` for a plain one.
    let rule: PeerRule?
    /// The metrics of messages, where the protocol has some.
    let messages: ISO8583Series
    private var series: StreamSeriesTable
    /// The connections of this worker's streams to each endpoint.
    private var open: [Int]
    private let maximumConnections: Int
    private var next = 0

    init(_ route: StreamRoute, pool: ClusterPool, direction: Direction, worker: Worker) {
        self.route = route
        self.pool = pool
        nameBytes = Array(route.name.utf8)
        clusterBytes = Array(route.cluster.utf8)
        refusesUnrecorded = route.payment && route.whenSpoolFull == .refuse
        recordClass = !route.payment ? .ordinary : refusesUnrecorded ? .paymentOrRefuse : .payment
        messages = ISO8583Series(registry: worker.registry, direction: direction, route: route.name)
        let clusters = worker.setup.configuration.clusters
        rule = clusters.firstIndex { $0.name == route.cluster }.flatMap { worker.setup.clusterRules[$0] }
        open = [Int](repeating: 0, count: pool.endpoints.count)
        maximumConnections = max(1, (pool.cluster.maximumConnections + worker.setup.workers - 1) / worker.setup.workers)
        series = StreamSeriesTable(
            registry: worker.registry, direction: direction, route: route.name, cluster: route.cluster)
    }

    /// The next endpoint in turn that takes one more connection, which is counted until `closed`.
    func take(avoiding: [Int]) -> Int? {
        for offset in open.indices {
            let index = (next + offset) % open.count
            if avoiding.contains(index) || open[index] >= maximumConnections { continue }
            next = (index + 1) % open.count
            open[index] += 1
            return index
        }
        return nil
    }

    func closed(_ endpoint: Int) { open[endpoint] -= 1 }

    func series(for peer: Principal) -> StreamSeries { series.series(for: peer) }
}
