import NIOCore
import NIOPosix
import Transport

/// Connections on their way into the pool, back to it and out of it.
extension ClusterPool {
    /// A connection being opened that will carry this request too: one that speaks HTTP/2, or may.
    func joinable(_ index: Int) -> OpeningConnection? {
        switch cluster.httpProtocol {
        case .http1: return nil
        case .http2: break
        case .auto: if rule == nil || endpoints[index].spokeHTTP2 == false { return nil }
        }
        return endpoints[index].opening.first { !$0.isRaw && $0.waiting.count < cluster.maximumConcurrentStreams }
    }

    /// An HTTP/1 connection is ready; `exchanges` waited for one.
    func opened(_ connection: HTTP1Upstream, instead opening: OpeningConnection, for exchanges: [Exchange]) {
        endpoints[connection.endpoint].opening.removeAll { $0 === opening }
        if !opening.isRaw { endpoints[connection.endpoint].spokeHTTP2 = false }
        if let first = exchanges.first {
            first.attached(connection)
        } else if opening.isRaw {
            connection.close()
        } else {
            release(connection)
        }
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
        while connection.room > 0, let exchange = nextPending(for: connection.endpoint) {
            exchange.attached(connection.openStream())
        }
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
        if !pending.isEmpty, let exchange = nextPending(for: connection.endpoint) {
            exchange.attached(connection)
        } else {
            connection.becomeIdle(until: Clock.monotonic().after(milliseconds: cluster.idleTimeoutMilliseconds))
            endpoints[connection.endpoint].idle.append(connection)
        }
    }

    /// A connection is gone.
    func closed(_ connection: HTTP1Upstream) {
        endpoints[connection.endpoint].idle.removeAll { $0 === connection }
        forget(connection.endpoint)
    }

    /// One connection to an endpoint less: a request may be waiting for that.
    func forget(_ index: Int) {
        endpoints[index].open -= 1
        if !pending.isEmpty, endpoints[index].open < maximumConnections, let exchange = nextPending(for: index) {
            connect(to: index, for: exchange)
        }
    }

    /// The configuration no longer has this cluster as it was: its connections end with their requests.
    func retire() {
        isRetired = true
        series.clear()
        stop()
        drain()
        for endpoint in endpoints { for connection in endpoint.shared { connection.retire() } }
    }

    func drain() {
        for index in endpoints.indices { closeIdle(index) }
    }

    func closeIdle(_ endpoint: Int) {
        let idle = endpoints[endpoint].idle
        endpoints[endpoint].idle = []
        for connection in idle { connection.close() }
    }

    func connect(to index: Int, for exchange: Exchange) {
        endpoints[index].open += 1
        let connection = OpeningConnection(
            worker: worker, pool: self, endpoint: index, isSecure: rule != nil, exchange: exchange,
            deadline: Clock.monotonic().after(milliseconds: cluster.connectTimeoutMilliseconds))
        endpoints[index].opening.append(connection)
        exchange.connecting(connection)
        let bound = NIOLoopBound(connection, eventLoop: worker.eventLoop)
        let credentials = worker.credentials
        let version = connection.isRaw ? nil : cluster.httpProtocol
        let rule = rule
        let bootstrap = ClientBootstrap(group: worker.eventLoop).from(cluster.sourceAddress)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.milliseconds(Int64(cluster.connectTimeoutMilliseconds)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls = credentials.client(version), let rule {
                        try channel.pipeline.syncOperations.addHandlers(
                            TLS.clientHandlers(context: tls, verifying: rule, revoked: credentials.revoked))
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
