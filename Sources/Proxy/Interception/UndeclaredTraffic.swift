import Mesh

/// What becomes of an intercepted connection that no listener is declared for.
final class UndeclaredTraffic {
    enum Verdict {
        case pass(StreamRouteState)
        case refuse(ResponseFlag, String)
    }

    // Istio's and Envoy's names.
    static let routeName = "allow_any"
    static let clusterName = "PassthroughCluster"
    static let connectTimeoutMilliseconds = 10_000

    private let listener: String
    private let direction: Direction
    private let policy: OutboundTrafficPolicy
    private unowned let worker: Worker

    init(listener: String, direction: Direction, policy: OutboundTrafficPolicy, worker: Worker) {
        self.listener = listener
        self.direction = direction
        self.policy = policy
        self.worker = worker
    }

    func verdict(for original: OriginalDestination) -> Verdict {
        if original.isListener {
            return .refuse(
                .loopDetected,
                "the connection wanted to go to the proxy's own \(listener) listener at \(original.text): it was not "
                    + "intercepted, or it would come back for ever")
        }
        switch (direction, policy) {
        case (.inbound, _):
            return .refuse(.noRoute, "no transparent inbound listener is declared for port \(original.port)")
        case (.outbound, .registryOnly):
            return .refuse(
                .noRoute,
                "no transparent outbound listener is declared for \(original.text), and the outbound traffic policy is "
                    + OutboundTrafficPolicy.registryOnly.rawValue)
        case (.outbound, .allowAny): return .pass(route(to: original))
        }
    }

    /// A way of its own for each connection: there are as many destinations as services can think of.
    private func route(to original: OriginalDestination) -> StreamRouteState {
        let cluster = Cluster(
            name: Self.clusterName,
            endpoints: [HostPort(host: original.address.description, port: original.port)],
            connectTimeoutMilliseconds: Self.connectTimeoutMilliseconds)
        return StreamRouteState(
            StreamRoute(name: Self.routeName, cluster: Self.clusterName),
            pool: ClusterPool(passingThrough: cluster, worker: worker, setup: worker.setup), direction: direction,
            worker: worker)
    }
}
