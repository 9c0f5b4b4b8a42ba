import Mesh

/// A cluster that requests of a route go to, and the endpoints of it that the route asks for.
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
}
