import NIOCore
import NIOPosix
import Transport

/// The endpoint's end of a stream.
final class StreamUpstream: StreamConnection {
    let route: StreamRouteState
    /// Index in the cluster.
    let endpoint: Int
    private(set) var principal = Principal.none
    private(set) var isReady = false
    private let isSecure: Bool
    private var session: StreamSession?
    /// Of connecting, the TLS handshake included.
    private let deadline: UInt64
    private var connectFailure: (any Error)?
    private var isOver = false

    init(worker: Worker, route: StreamRouteState, endpoint: Int, session: StreamSession) {
        self.route = route
        self.endpoint = endpoint
        isSecure = route.rule != nil
        self.session = session
        deadline = Clock.monotonic().after(milliseconds: route.pool.cluster.connectTimeoutMilliseconds)
        super.init(worker: worker)
    }

    /// Begins to connect.
    func open() {
        let bound = NIOLoopBound(self, eventLoop: worker.eventLoop)
        let credentials = worker.credentials
        let rule = route.rule
        let bootstrap = ClientBootstrap(group: worker.eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connectTimeout(.milliseconds(Int64(route.pool.cluster.connectTimeoutMilliseconds)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let rule, let tls = credentials.client(nil) {
                        try channel.pipeline.syncOperations.addHandler(
                            TLS.clientHandler(context: tls, verifying: rule, revoked: credentials.revoked))
                    }
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
        let target = route.pool.endpoints[endpoint]
        let future =
            if let address = target.address {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: target.endpoint.host, port: target.endpoint.port)
            }
        future.whenFailure { error in
            bound.value.connectFailed(error)
            bound.value.worker.settle()
        }
    }

    override var wantsRead: Bool { !isReady || session?.takes(from: .upstream) ?? false }

    override func active() { if !isSecure { ready() } }

    override func secured() {
        if let context { principal = worker.principal(of: context.channel) }
        ready()
    }

    private func ready() {
        guard !isReady else { return }
        isReady = true
        if let session { session.connected(self) } else { close() }
    }

    override func step() { if isReady { session?.pump(.upstream) } }
    override func becameWritable() { if isReady { session?.becameWritable(.upstream) } }
    override func ended() { session?.touch() }

    override func checkStream(now: UInt64) {
        if !isReady, now >= deadline {
            connectFailure = ConnectTimeout(milliseconds: route.pool.cluster.connectTimeoutMilliseconds)
            close()
        }
    }

    /// The connection was never made.
    func connectFailed(_ error: any Error) {
        connectFailure = connectFailure ?? error
        lost()
    }

    override func lost() {
        guard !isOver else { return }
        isOver = true
        route.closed(endpoint)
        let open = session
        session = nil
        if isReady {
            open?.lost(.upstream)
        } else {
            let reason = connectFailure ?? failure
            open?.connectFailed(
                self, reason.map(worker.describe) ?? "the connection was closed during its handshake")
        }
    }

    /// Nobody waits for this connection any more.
    func abandon() {
        session = nil
        close()
    }
}
