import Exposition
import Logging
import Mesh
import NIOCore
import NIOSSL
import Transport

/// Everything that lives on one event loop: its connections, pools, routes and spans. Nothing of it is touched from
/// elsewhere, so nothing of it is locked.
final class Worker {
    /// How exact time-outs are.
    static let tick = TimeAmount.milliseconds(20)
    /// Endpoints come and go without traffic too, when nothing ticks.
    static let look = TimeAmount.milliseconds(500)

    /// Copies of requests under way at most; further ones are not made.
    static let maximumMirrors = 1_024

    let eventLoop: any EventLoop
    let index: Int
    let allocator = ByteBufferAllocator()
    let emptyBuffer = ByteBuffer()
    let registry: MetricRegistry
    let counters: ProxyCounters
    let recorder: SpanRecorder
    let upstreamLimits = MessageLimits()
    var setup: ProxySetup
    var pools: [ClusterPool] = []
    /// In the order of `ProxyConfiguration.allListeners`.
    var listeners: [ListenerState] = []
    /// Listeners that the configuration has no more, while connections of theirs are open.
    var goneListeners: [ListenerState] = []
    private var listenersByKey: [Int: ListenerState] = [:]
    var spanIDs: SpanIDSource
    var random: FastRandom
    /// Used for each head in turn, so that its memory is kept.
    private var spareEdits = HeadEdits()
    /// Connections with output to flush.
    var dirty: [ByteConnection] = []
    /// Those among them that many requests share: written once for all that one turn of the loop brings.
    private var shared: [ByteConnection] = []
    private(set) var connections: [ByteConnection] = []
    /// Copies of requests, whose time-outs no connection of a client looks at.
    var mirrors: [Exchange] = []
    private(set) var isDraining = false
    /// What is open is being closed by the proxy.
    private(set) var isFinishing = false
    private var isDrainingInbound = false
    private var isTicking = false
    private let gauges: WorkerGauges
    private var looking: RepeatedTask?
    /// When the next tick is due, monotonic.
    private var nextTick: UInt64 = 0
    private var plaintext: PlaintextReport
    private var handshakes = HandshakeReport()
    /// By listener and route; what is not allowed any more may still be open.
    private var tunnels: [String: TunnelSeries] = [:]

    init(eventLoop: any EventLoop, index: Int, setup: ProxySetup) {
        self.eventLoop = eventLoop
        self.index = index
        self.setup = setup
        registry = setup.registry
        counters = setup.counters
        recorder = SpanRecorder(setup: setup)
        plaintext = PlaintextReport(registry: setup.registry, log: setup.log)
        gauges = WorkerGauges(registry: setup.registry, worker: index)
        random = FastRandom()
        spanIDs = SpanIDSource(FastRandom())
        pools = setup.configuration.clusters.enumerated().map {
            ClusterPool($0.element, index: $0.offset, worker: self, setup: setup)
        }
        listeners = setup.configuration.allListeners.map {
            ListenerState(
                $0.listener, rule: setup.rule($0.listener), peers: setup.peers(of: $0.listener), worker: self,
                workers: setup.workers)
        }
        indexListeners()
        prepareEntries()
        for pool in pools { pool.startChecks() }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        looking = eventLoop.scheduleRepeatedTask(initialDelay: Self.look, delay: Self.look) { _ in bound.value.look() }
    }

    /// The listener that takes the connections of a socket; `nil` for one that is being closed.
    func listener(_ key: Int) -> ListenerState? { listenersByKey[key] }

    func indexListeners() {
        listenersByKey = Dictionary(uniqueKeysWithValues: zip(setup.listenerKeys, listeners))
    }

    /// The pool of a cluster that the configuration names.
    func pool(named name: String) -> ClusterPool {
        guard let pool = pools.first(where: { $0.cluster.name == name }) else {
            preconditionFailure("the configuration was checked: every route's cluster exists")
        }
        return pool
    }

    /// All workers count against the same limits.
    func limiters(of route: Route, listener: String) -> [RateLimiter] {
        setup.limiters[listener]?[route.name] ?? []
    }

    /// The tunnels of a route of this name, now and before a reload.
    func tunnels(of route: Route, listener: String, direction: Direction) -> TunnelSeries {
        let key = "\(listener)/\(route.name)"
        if let known = tunnels[key] { return known }
        let series = TunnelSeries(registry: registry, direction: direction, route: route.name)
        tunnels[key] = series
        return series
    }

    // MARK: Connections

    /// A handler for a connection that was accepted; `nil` when the listener has as many as it takes.
    func accept(_ listener: ListenerState, isSecure: Bool) -> ByteConnection? {
        guard listener.openConnections < listener.maximumConnections else { return nil }
        listener.openConnections += 1
        switch listener.traffic {
        case .http(let routes, let limits, let version):
            return HTTP1Downstream(
                worker: self, listener: listener, routes: routes, limits: limits, httpProtocol: version,
                isSecure: isSecure)
        case .stream(let table):
            return StreamDownstream(worker: self, listener: listener, table: table, isSecure: isSecure)
        }
    }

    func register(_ connection: ByteConnection) {
        connection.registryIndex = connections.count
        connections.append(connection)
        startTicking()
    }

    func unregister(_ connection: ByteConnection) {
        let index = connection.registryIndex
        guard index >= 0 else { return }
        connection.registryIndex = -1
        let last = connections.removeLast()
        if last !== connection {
            connections[index] = last
            last.registryIndex = index
        }
    }

    /// Flushes every connection that has output. Called at the end of each event. Shared connections wait until all
    /// events of this turn of the loop have been looked at: many small messages are then one system call and one TLS
    /// record.
    func settle() {
        while let connection = dirty.popLast() {
            guard connection.isDirty else { continue }
            guard connection.isShared else {
                connection.flush()
                continue
            }
            if shared.isEmpty {
                let bound = NIOLoopBound(self, eventLoop: eventLoop)
                eventLoop.execute { bound.value.flushShared() }
            }
            shared.append(connection)
        }
    }

    private func flushShared() {
        // Flushing may bring more output.
        let waiting = shared
        shared.removeAll(keepingCapacity: true)
        for connection in waiting where connection.isDirty { connection.flush() }
    }

    /// The proxy's own.
    var principal: Principal { setup.principal }
    var credentials: Credentials { setup.credentials }

    /// Whether connections of a listener end with their request.
    func isDraining(_ direction: Direction) -> Bool { isDraining || isDrainingInbound && direction == .inbound }

    private var allListeners: [ListenerState] { listeners + goneListeners }
    var openInbound: Int { allListeners.reduce(0) { $1.direction == .inbound ? $0 + $1.allOpenConnections : $0 } }
    var openDownstream: Int { allListeners.reduce(0) { $0 + $1.allOpenConnections } }
    var openUpstream: Int { pools.reduce(0) { $0 + $1.openConnections } }
    var idleUpstream: Int { pools.reduce(0) { $0 + $1.idleConnections } }
    var pendingRequests: Int { pools.reduce(0) { $0 + $1.pendingRequests } }

    /// Edits with nothing in them, for a head that is written at once.
    func takeEdits() -> HeadEdits {
        var edits = HeadEdits()
        swap(&edits, &spareEdits)
        edits.reset()
        return edits
    }

    func giveBack(_ edits: consuming HeadEdits) { spareEdits = edits }

    // MARK: Time

    func startTicking() {
        guard !isTicking else { return }
        isTicking = true
        nextTick = Clock.monotonic() &+ UInt64(Self.tick.nanoseconds)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: Self.tick) { bound.value.ticked() }
    }

    private func ticked() {
        isTicking = false
        let now = Clock.monotonic()
        gauges.delay.observe(nanoseconds: now > nextTick ? now - nextTick : 0)
        let wall = Clock.wallSeconds()
        // Looking at a connection may close it, which moves another one to its place.
        for connection in connections where !cutIfExpired(connection, now: wall) {
            if now >= connection.closingDeadline { connection.close() } else { connection.check(now: now) }
        }
        for mirror in mirrors { mirror.check(now: now) }
        recorder.flush(now: now)
        settle()
        if !connections.isEmpty || !recorder.isEmpty { startTicking() } else { look() }
    }

    private func look() {
        gauges.update(self)
        checkPeers()
    }

    // MARK: Ending

    /// No new requests to the service; it may still make its own, for those under way.
    func drainInbound() {
        isDrainingInbound = true
        for connection in connections where connection.acceptedBy?.direction == .inbound { connection.drain() }
        settle()
    }

    /// No new work: idle connections are closed, the others after their request.
    func drain() {
        isDraining = true
        for connection in connections { connection.drain() }
        for pool in pools { pool.drain() }
        settle()
    }

    /// Closes what is left and hands over the last spans.
    func finish() {
        isDraining = true
        isFinishing = true
        flushShared()
        looking?.cancel()
        for pool in pools { pool.stop() }
        for mirror in mirrors { mirror.downstreamClosed() }
        for connection in connections { connection.closeNow() }
        settle()
        recorder.flush(now: Clock.monotonic(), everything: true)
    }

    // MARK: Peers

    var exportsPayments: Bool { setup.sink?.canAccept(.payment) ?? false }

    func principal(of channel: any Channel) -> Principal {
        PeerDescription(of: channel).map(Principal.init) ?? .none
    }

    /// A plain connection on a permissive listener; it ends when the permission does.
    func report(plaintext connection: ByteConnection, _ listener: ListenerState, until: Instant) {
        connection.standing = PeerStanding(notAfter: until.seconds)
        plaintext.add(String(decoding: connection.peerAddress, as: UTF8.self), listener.name, until: until.text)
    }

    /// On a connection that will carry no request, which would have its own span.
    func handshakeFailed(_ error: any Error, _ listener: ListenerState, _ arrival: Arrival?) {
        logHandshakeFailure(error, listener)
        guard let arrival else { return }
        let flag = error is PeerError ? ResponseFlag.accessDenied : .downstreamProtocolError
        refused(arrival, listener, flag, describe(error))
    }

    func logHandshakeFailure(_ error: any Error, _ listener: ListenerState) {
        let reason = HandshakeFailure.clause(error) ?? NetworkReason.text(error)
        guard let news = handshakes.news(of: reason, on: listener.name, now: .now()) else { return }
        setup.log.warning("\(news)")
    }

    /// An error of the network or of TLS in one clause.
    func describe(_ error: any Error) -> String { NetworkReason.text(error) }
}
