import Mesh
import NIOCore
import NIOPosix
import NIOSSL
import Transport

/// The upstream connections of one worker to one cluster. Never shared between event loops.
final class ClusterPool {
    let cluster: Cluster
    let index: Int
    private unowned let worker: Worker
    private let rule: PeerRule?
    /// This worker's share of the cluster's ceilings.
    private let maximumConnections: Int
    private let maximumPending: Int
    private(set) var endpoints: [EndpointPool]
    private var nextEndpoint: Int
    private var pending: [Exchange] = []
    private var isRetired = false

    init(_ cluster: Cluster, index: Int, worker: Worker, setup: ProxySetup) {
        self.cluster = cluster
        self.index = index
        self.worker = worker
        rule = setup.clusterRules[index]
        maximumConnections = max(1, (cluster.maximumConnections + setup.workers - 1) / setup.workers)
        maximumPending = (cluster.maximumPendingRequests + setup.workers - 1) / setup.workers
        endpoints = cluster.endpoints.map { EndpointPool($0.address) }
        // Workers must not all start with the same endpoint.
        nextEndpoint = Int.random(in: 0..<max(1, cluster.endpoints.count))
    }

    var openConnections: Int { endpoints.reduce(0) { $0 + $1.open } }
    var idleConnections: Int { endpoints.reduce(0) { $0 + $1.idle.count } }
    var pendingRequests: Int { pending.count }

    /// Finds a connection for `exchange`, which is told now or later.
    ///
    /// - Parameters:
    ///   - fresh: A kept connection will not do.
    ///   - avoiding: An endpoint that has just failed; taken only when there is no other.
    func acquire(for exchange: Exchange, fresh: Bool, avoiding: Int?) {
        let count = endpoints.count
        for offset in 0..<count {
            let index = (nextEndpoint + offset) % count
            if index == avoiding, count > 1 { continue }
            if let connection = endpoints[index].take(fresh: fresh) {
                nextEndpoint = (index + 1) % count
                exchange.attached(connection)
                return
            }
            if let opening = joinable(index) {
                opening.join(exchange)
                exchange.connecting(opening)
                return
            }
            if endpoints[index].open < maximumConnections {
                nextEndpoint = (index + 1) % count
                connect(to: index, for: exchange)
                return
            }
        }
        // A fresh connection may replace an idle one.
        if fresh, let index = endpoints.indices.first(where: { !endpoints[$0].idle.isEmpty }) {
            let connection = endpoints[index].idle.removeLast()
            connection.close()
            connect(to: index, for: exchange)
            return
        }
        if pending.count < maximumPending {
            pending.append(exchange)
        } else {
            exchange.attemptFailed(
                UpstreamFailure(
                    flag: .upstreamOverflow,
                    sentence: "the cluster \(cluster.name) has no free connection and too many requests wait for one",
                    mayHaveArrived: false))
        }
    }

    /// Forgets an exchange that waits.
    func cancel(_ exchange: Exchange) { pending.removeAll { $0 === exchange } }

    /// A connection being opened that will carry this request too: one that speaks HTTP/2, or may.
    private func joinable(_ index: Int) -> OpeningConnection? {
        switch cluster.httpProtocol {
        case .http1: return nil
        case .http2: break
        case .auto: if rule == nil || endpoints[index].spokeHTTP2 == false { return nil }
        }
        return endpoints[index].opening.first { $0.waiting.count < cluster.maximumConcurrentStreams }
    }

    /// An HTTP/1 connection is ready; `exchanges` waited for one.
    func opened(_ connection: HTTP1Upstream, instead opening: OpeningConnection, for exchanges: [Exchange]) {
        endpoints[connection.endpoint].opening.removeAll { $0 === opening }
        endpoints[connection.endpoint].spokeHTTP2 = false
        if let first = exchanges.first { first.attached(connection) } else { release(connection) }
        for exchange in exchanges.dropFirst() { exchange.acquireAgain() }
    }

    /// An HTTP/2 connection is ready; `exchanges` waited for one.
    func opened(_ connection: HTTP2Upstream, instead opening: OpeningConnection, for exchanges: [Exchange]) {
        endpoints[connection.endpoint].opening.removeAll { $0 === opening }
        endpoints[connection.endpoint].spokeHTTP2 = true
        endpoints[connection.endpoint].shared.append(connection)
        for exchange in exchanges {
            if connection.room > 0 { exchange.attached(connection.openStream()) } else { exchange.acquireAgain() }
        }
        roomMade(connection)
    }

    /// An HTTP/2 connection can carry more.
    func roomMade(_ connection: HTTP2Upstream) {
        while !pending.isEmpty, connection.room > 0 { pending.removeFirst().attached(connection.openStream()) }
    }

    /// An HTTP/2 connection is gone.
    func closed(_ connection: HTTP2Upstream) {
        endpoints[connection.endpoint].shared.removeAll { $0 === connection }
        forget(connection.endpoint)
    }

    /// A connection could not be made.
    func notOpened(_ connection: OpeningConnection) {
        endpoints[connection.endpoint].opening.removeAll { $0 === connection }
        forget(connection.endpoint)
    }

    /// Takes back a connection that can carry another request.
    func release(_ connection: HTTP1Upstream) {
        guard connection.isOpen, !isRetired, !connection.isRetiring, !worker.isDraining else {
            connection.close()
            return
        }
        if pending.isEmpty {
            connection.becomeIdle(until: Clock.monotonic().after(milliseconds: cluster.idleTimeoutMilliseconds))
            endpoints[connection.endpoint].idle.append(connection)
        } else {
            pending.removeFirst().attached(connection)
        }
    }

    /// A connection is gone.
    func closed(_ connection: HTTP1Upstream) {
        endpoints[connection.endpoint].idle.removeAll { $0 === connection }
        forget(connection.endpoint)
    }

    private func forget(_ index: Int) {
        endpoints[index].open -= 1
        if !pending.isEmpty, endpoints[index].open < maximumConnections {
            connect(to: index, for: pending.removeFirst())
        }
    }

    /// The configuration no longer has this cluster as it was: its connections end with their requests.
    func retire() {
        isRetired = true
        drain()
        for endpoint in endpoints { for connection in endpoint.shared { connection.retire() } }
    }

    func drain() {
        for index in endpoints.indices {
            let idle = endpoints[index].idle
            endpoints[index].idle = []
            for connection in idle { connection.close() }
        }
    }

    private func connect(to index: Int, for exchange: Exchange) {
        endpoints[index].open += 1
        let connection = OpeningConnection(
            worker: worker, pool: self, endpoint: index, isSecure: rule != nil, exchange: exchange,
            deadline: Clock.monotonic().after(milliseconds: cluster.connectTimeoutMilliseconds))
        endpoints[index].opening.append(connection)
        exchange.connecting(connection)
        let bound = NIOLoopBound(connection, eventLoop: worker.eventLoop)
        let credentials = worker.credentials
        let version = cluster.httpProtocol
        let rule = rule
        let bootstrap = ClientBootstrap(group: worker.eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.milliseconds(Int64(cluster.connectTimeoutMilliseconds)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls = credentials.client(version), let rule {
                        try channel.pipeline.syncOperations.addHandler(
                            TLS.clientHandler(context: tls, verifying: rule, revoked: credentials.revoked))
                    }
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
        let pool = endpoints[index]
        let future =
            if let address = pool.address {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: pool.endpoint.host, port: pool.endpoint.port)
            }
        future.whenFailure { error in
            bound.value.connectFailed(error)
            bound.value.worker.settle()
        }
    }
}
