import NIOCore

/// A connection to an endpoint until it can carry requests: connects, completes the TLS handshake, learns which version
/// of HTTP is spoken, and makes room for the connection that speaks it.
final class OpeningConnection: ByteConnection {
    let pool: ClusterPool
    let endpoint: Int
    /// No HTTP will be spoken on it.
    let isRaw: Bool
    private let isSecure: Bool
    private let deadline: UInt64
    private var failure: (any Error)?
    private var isOver = false
    /// The requests that wait for this very connection.
    private(set) var waiting: [Exchange]

    init(
        worker: Worker, pool: ClusterPool, endpoint: Int, isSecure: Bool, exchange: Exchange, deadline: UInt64
    ) {
        self.pool = pool
        self.endpoint = endpoint
        self.isSecure = isSecure
        self.deadline = deadline
        waiting = [exchange]
        isRaw = exchange.tunnel?.isRaw == true
        super.init(worker: worker)
    }

    /// Forgets an exchange; the connection is still made, for the pool.
    func cancel(_ exchange: Exchange) { waiting.removeAll { $0 === exchange } }

    override func active() {
        if let context { worker.keepApart(context.channel) }
        if isOver { close() } else if !isSecure { ready() }
    }

    override func secured() { ready() }

    private func ready() {
        guard !isOver, let context else { return }
        let speaksHTTP2: Bool
        switch pool.cluster.httpProtocol {
        case _ where isRaw: speaksHTTP2 = false
        case .http1: speaksHTTP2 = false
        case .auto: speaksHTTP2 = negotiatedProtocol == "h2"
        case .http2:
            guard !isSecure || negotiatedProtocol == "h2" else {
                failure = HTTP2NotAgreed()
                fail()
                close()
                return
            }
            speaksHTTP2 = true
        }
        isOver = true
        let principal = isSecure ? worker.principal(of: context.channel) : .none
        let exchanges = waiting
        waiting = []
        if speaksHTTP2 {
            let connection = HTTP2Upstream(worker: worker, pool: pool, endpoint: endpoint, principal: principal)
            replace(by: connection)
            pool.opened(connection, instead: self, for: exchanges)
        } else {
            let connection = HTTP1Upstream(worker: worker, pool: pool, endpoint: endpoint, principal: principal)
            replace(by: connection)
            pool.opened(connection, instead: self, for: exchanges)
        }
    }

    /// One more request waits for this connection, because it can carry many.
    func join(_ exchange: Exchange) { waiting.append(exchange) }

    func connectFailed(_ error: any Error) {
        failure = failure ?? error
        fail()
    }

    override func failed(_ error: any Error) { failure = failure ?? error }
    override func closed() { fail() }

    override func check(now: UInt64) {
        guard !isOver, now >= deadline else { return }
        failure = failure ?? ConnectTimeout(milliseconds: pool.cluster.connectTimeoutMilliseconds)
        fail()
        close()
    }

    private func fail() {
        guard !isOver else { return }
        isOver = true
        let reason = failure.map(worker.describe) ?? "the connection was closed during its handshake"
        let name = pool.endpoints[endpoint].endpoint
        let exchanges = waiting
        waiting = []
        pool.notOpened(self)
        for exchange in exchanges {
            exchange.attemptFailed(
                UpstreamFailure(
                    flag: .upstreamConnectionFailure,
                    sentence: "no connection to \(pool.cluster.name) at \(name): \(reason)", mayHaveArrived: false))
        }
    }
}

/// The endpoint does not speak HTTP/2, which its cluster is declared to speak.
struct HTTP2NotAgreed: Error, CustomStringConvertible {
    var description: String { "it did not agree to HTTP/2 (ALPN h2)" }
}

/// The endpoint did not complete the connection, its handshake included, in time.
struct ConnectTimeout: Error, CustomStringConvertible {
    var milliseconds: Int
    var description: String { "it took longer than \(milliseconds) ms" }
}
