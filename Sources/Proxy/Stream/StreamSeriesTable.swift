import Exposition
import Telemetry

/// The series of one stream route by peer; this table forgets when it is full, as `RouteSeriesTable` does.
struct StreamSeriesTable {
    static let maximumPeers = 1024

    let registry: MetricRegistry
    let direction: Direction
    let route: String
    let cluster: String
    private var known: [String: StreamSeries] = [:]

    init(registry: MetricRegistry, direction: Direction, route: String, cluster: String) {
        self.registry = registry
        self.direction = direction
        self.route = route
        self.cluster = cluster
    }

    /// `peer` is the caller inbound; outbound the peer is the cluster.
    mutating func series(for caller: Principal) -> StreamSeries {
        let peer = direction == .inbound ? caller.text : cluster
        if let series = known[peer] { return series }
        if known.count == Self.maximumPeers { known.removeAll() }
        let series = StreamSeries(
            registry: registry,
            labels: [
                MetricLabel("direction", direction.rawValue), MetricLabel("route", route), MetricLabel("peer", peer),
            ])
        known[peer] = series
        return series
    }
}
