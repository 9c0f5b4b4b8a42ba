import Mesh

/// A cluster that requests or connections of a route go to, and the endpoints of it that the route asks for.
final class Destination {
    let pool: ClusterPool
    /// Of the pool, for these endpoints.
    let balancer: Int
    /// Running total of the weights of a route's destinations, this one included.
    let weightEnd: Int
    let clusterBytes: [UInt8]

    init(_ cluster: WeightedCluster, pool: ClusterPool, weightEnd: Int) {
        self.pool = pool
        self.weightEnd = weightEnd
        balancer = pool.balancer(for: cluster.subset)
        clusterBytes = Array(cluster.cluster.utf8)
    }

    /// All destinations of a route.
    static func list(_ clusters: [WeightedCluster], pool: (String) -> ClusterPool) -> [Destination] {
        var weight = 0
        return clusters.map { cluster in
            weight += cluster.weight
            return Destination(cluster, pool: pool(cluster.cluster), weightEnd: weight)
        }
    }

    /// One of them, by weight.
    static func pick(_ destinations: [Destination], _ random: inout FastRandom) -> Destination {
        if destinations.count == 1 { return destinations[0] }
        guard let total = destinations.last?.weightEnd else { preconditionFailure("a route has a destination") }
        let place = random.index(below: total)
        return destinations.first { place < $0.weightEnd } ?? destinations[0]
    }
}
