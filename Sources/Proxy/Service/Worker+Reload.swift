import Exposition
import Mesh
import Transport

extension Worker {
    /// Before a peer's certificate ends, its connections are ended gently: so that a request on a fresh connection is
    /// under way by then, not lost on the old one.
    static let retirementSeconds: Int64 = 10

    /// Takes over a configuration: pools of clusters that are as they were keep their connections, the others end with
    /// their requests.
    func adopt(_ next: ProxySetup) {
        let old = pools
        let oldRules = Dictionary(
            zip(setup.configuration.clusters, setup.clusterRules).map { ($0.0.name, $0.1) }
        ) { first, _ in first }
        let rootsChanged = next.credentials.roots != credentials.roots
        setup = next
        pools = next.configuration.clusters.enumerated().map { index, cluster in
            if let same = old.first(where: { $0.cluster == cluster }),
                oldRules[cluster.name] == next.clusterRules[index]
            {
                return same
            }
            return ClusterPool(cluster, index: index, worker: self, setup: next)
        }
        for pool in old where !pools.contains(where: { $0 === pool }) { pool.retire() }
        adoptListeners(next)
        prepareEntries()
        for pool in pools where !old.contains(where: { $0 === pool }) { pool.startChecks() }
        recorder.adopt(next)
        for connection in connections {
            reconsider(connection)
            connection.policyChanged()
        }
        checkPeers(rootsChanged: rootsChanged)
        settle()
    }

    /// Listeners that stay keep their connections. Those of the others end as soon as that disturbs nothing.
    private func adoptListeners(_ next: ProxySetup) {
        let old = listeners
        listeners = next.configuration.allListeners.map { place in
            let rule = next.rule(place.listener)
            guard let same = old.first(where: { $0.isSame(as: place.listener) }) else {
                return ListenerState(
                    place.listener, rule: rule, peers: next.peers(of: place.listener), worker: self,
                    workers: next.workers)
            }
            same.adopt(place.listener, rule: rule, worker: self, workers: next.workers)
            return same
        }
        indexListeners()
        goneListeners = (goneListeners + old.filter { gone in !listeners.contains { $0 === gone } })
            .filter { $0.allOpenConnections > 0 }
        for connection in connections {
            guard let listener = connection.acceptedBy, goneListeners.contains(where: { $0 === listener }) else {
                continue
            }
            connection.listenerRemoved()
        }
    }

    /// What a listener asks of its clients may have changed: an HTTP connection whose client could not connect any more
    /// ends, with the request that it carries. Streams see to it themselves.
    private func reconsider(_ connection: ByteConnection) {
        guard let listener = connection.acceptedBy, let client = connection.httpClient else { return }
        if client.isSecure {
            guard let rule = listener.rule, let peer = try? SPIFFEID(client.principal.text), !rule.admits(peer) else {
                return
            }
        } else if listener.security == .permissive, let until = listener.permissiveUntil {
            connection.standing = PeerStanding(notAfter: until.seconds)
            return
        } else if listener.security != .mutualTLS {
            // A plain listener that was a permissive one.
            connection.standing = nil
            return
        }
        connection.retire()
        connection.drain()
        connection.endTunnels("the listener does not accept this client any more")
    }

    /// Cuts off peers that are revoked or expired. Those whose time is nearly over, and all when the roots have changed,
    /// are asked to come again.
    func checkPeers(rootsChanged: Bool = false) {
        let now = Clock.wallSeconds()
        for connection in connections {
            guard let peer = connection.standing, !cutIfExpired(connection, now: now) else { continue }
            if peer.isRevoked(by: credentials.revoked) {
                cut(connection, counters.connectionsRevoked, "is revoked")
            } else if rootsChanged || now >= peer.notAfter - Self.retirementSeconds, !connection.isRetiring {
                connection.retire()
            }
        }
    }

    /// Whether the other end's certificate has ended; then it is cut off, and that is told. Asked before the proxy ends
    /// a connection for any other reason, so that the certificate is always the one that is told.
    ///
    /// - Parameter now: Unix seconds.
    func cutIfExpired(_ connection: ByteConnection, now: Int64) -> Bool {
        guard now >= connection.notAfter else { return false }
        cut(connection, counters.connectionsExpired, "has expired")
        return true
    }

    private func cut(_ connection: ByteConnection, _ counter: Counter, _ reason: String) {
        // A peer may take its time to close its TLS session too: it is told and counted once.
        connection.standing = nil
        counter.increment()
        connection.cutOff(reason)
    }
}
