import NIOCore

/// A connection to an endpoint until it can carry requests: connects, completes the TLS handshake, learns which version
/// of HTTP is spoken, and makes room for the connection that speaks it.
final class OpeningConnection: ByteConnection {
    let pool: ClusterPool
    let endpoint: Int
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
        super.init(worker: worker)
    }

    /// Forgets an exchange; the connection is still made, for the pool.
    func cancel(_ exchange: Exchange) { waiting.removeAll { $0 === exchange } }

    override func active() {
        if isOver { close() } else if !isSecure { ready() }
    }

    override func secured() { ready() }

    private func ready() {
        guard !isOver, let context else { return }
        isOver = true
        let connection = HTTP1Upstream(
            worker: worker, pool: pool, endpoint: endpoint,
            principal: isSecure ? worker.principal(of: context.channel) : .none)
        replace(by: connection)
        let exchanges = waiting
        waiting = []
        pool.opened(connection, for: exchanges)
    }

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

/// The endpoint did not complete the connection, its handshake included, in time.
struct ConnectTimeout: Error, CustomStringConvertible {
    var milliseconds: Int
    var description: String { "it took longer than \(milliseconds) ms" }
}
