import NIOCore
import NIOPosix
import Transport

/// The endpoint's end of a stream.
final class StreamUpstream: StreamConnection {
    private let pool: ClusterPool
    /// Index in the cluster.
    let endpoint: Int
    private(set) var principal = Principal.none
    private(set) var isReady = false
    private let isProbe: Bool
    private let started = Clock.monotonic()
    private var session: StreamSession?
    /// Of connecting, the TLS handshake included.
    private let deadline: UInt64
    private var connectFailure: (any Error)?
    private var isOver = false
    private var isJudgedSound = false

    /// - Parameter isProbe: Whether it is to find out for the cluster's breaker if the cluster works again.
    init(worker: Worker, pool: ClusterPool, endpoint: Int, isProbe: Bool, session: StreamSession) {
        self.pool = pool
        self.endpoint = endpoint
        self.isProbe = isProbe
        self.session = session
        deadline = Clock.monotonic().after(milliseconds: pool.cluster.connectTimeoutMilliseconds)
        super.init(worker: worker)
    }

    /// Begins to connect.
    func open() {
        let bound = NIOLoopBound(self, eventLoop: worker.eventLoop)
        let credentials = worker.credentials
        let rule = pool.rule
        let bootstrap = ClientBootstrap(group: worker.eventLoop).from(pool.cluster.sourceAddress)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connectTimeout(.milliseconds(Int64(pool.cluster.connectTimeoutMilliseconds)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let rule, let tls = credentials.client(nil) {
                        try channel.pipeline.syncOperations.addHandlers(
                            TLS.clientHandlers(context: tls, verifying: rule, revoked: credentials.revoked))
                    }
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
        let target = pool.endpoints[endpoint]
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

    override func active() {
        if let context { worker.keepApart(context.channel) }
        if pool.rule == nil { ready() }
    }

    override func secured() {
        if let context { principal = worker.principal(of: context.channel) }
        ready()
    }

    private func ready() {
        guard !isReady else { return }
        isReady = true
        pool.streamConnected(to: endpoint, nanoseconds: Clock.monotonic() &- started, isProbe: isProbe)
        if let session { session.connected(self) } else { close() }
    }

    override func step() { if isReady { session?.pump(.upstream) } }
    override func becameWritable() { if isReady { session?.becameWritable(.upstream) } }
    override func ended() { session?.touch() }

    override func checkStream(now: UInt64) {
        if !isReady, now >= deadline {
            connectFailure = ConnectTimeout(milliseconds: pool.cluster.connectTimeoutMilliseconds)
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
        pool.streamClosed(to: endpoint)
        let open = session
        session = nil
        if !isReady {
            pool.judge(endpoint, open == nil ? nil : .gatewayFailure, isProbe: isProbe, at: Clock.monotonic())
        }
        if isReady {
            open?.lost(.upstream)
        } else {
            let reason = connectFailure ?? failure
            open?.connectFailed(
                self, reason.map(worker.describe) ?? "the connection was closed during its handshake")
        }
    }

    override func retire() {
        super.retire()
        session?.leave(.upstreamConnectionTermination, "the upstream must show its certificate again")
    }

    override func cutOff(_ reason: String) {
        session?.fail(.upstreamConnectionTermination, "the upstream's certificate \(reason)")
        close()
    }

    // MARK: Judging

    /// What the stream says of its endpoint, to those who judge endpoints.
    func judge(_ outcome: RequestOutcome) {
        guard isReady else { return }
        pool.judge(endpoint, outcome, isProbe: false, at: Clock.monotonic())
    }

    /// The connection is good; counted once.
    func isSound() {
        guard !isJudgedSound else { return }
        isJudgedSound = true
        judge(.success)
    }

    /// Nobody waits for this connection any more.
    func abandon() {
        session = nil
        close()
    }
}
