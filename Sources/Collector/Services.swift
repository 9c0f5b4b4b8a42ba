import Exposition
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Storage
import Transport
import Wire

/// What the listeners serve, wired together once at the start.
struct Services: Sendable {
    static let version = "0.1.0"

    private let configuration: CollectorConfiguration
    private let metrics: CollectorMetrics
    private let receiver: WireReceiver
    private let receivers: ReceiverService
    private let queries: QueryService
    private let grpc: OTLPGRPCService
    private let budget: RequestBytes
    private let answers: AnswerBytes
    private let wireBudget: WireMemoryBudget
    private let turningAway: TurnAway
    private let handshakes: HandshakeWatch
    let credentials: CredentialMetrics

    init(
        configuration: CollectorConfiguration, store: Store, mesh: MeshMetrics, group: MultiThreadedEventLoopGroup,
        pools: ThreadPools, tokens: BearerTokens, connections: ConnectionSet, log: Logger
    ) {
        self.configuration = configuration
        let clock: @Sendable () -> UInt64 = { Collector.clock() }
        let registry = MetricRegistry()
        let metrics = CollectorMetrics(registry: registry)
        let waiting = WaitingRoom(
            store: store, eventLoop: group.next(), largestBytes: configuration.store.maximumSubmissionBytes)
        let budget = RequestBytes(
            limit: configuration.limits.requestBytesInFlight, clientLimit: configuration.limits.clientBytesInFlight)
        let access = AccessPolicy(tokens: tokens)
        self.metrics = metrics
        credentials = CredentialMetrics(registry: registry)
        handshakes = HandshakeWatch(registry: registry, log: log)
        self.budget = budget
        let answers = AnswerBytes(limit: configuration.limits.answerBytesInFlight)
        self.answers = answers
        turningAway = TurnAway(limit: configuration.limits.connections)
        wireBudget = WireMemoryBudget(limitBytes: configuration.limits.wireBytesInFlight)
        let spans = SpanMetrics(
            limits: configuration.limits.spanMetrics, rules: configuration.transactionRules, clock: clock)
        let observers: [any SpanObserver] = [spans]
        let metricReceiver = MetricReceiver(
            intake: DurableMetricIntake(store: store, book: mesh.book, metrics: metrics, clock: clock),
            limits: configuration.limits, metrics: metrics, pool: pools.intake)
        receiver = WireReceiver(
            store: store, waiting: waiting, metrics: metrics, mesh: mesh, observers: observers,
            creditBytes: configuration.limits.creditBytes, clock: clock)
        let intake = TraceIntake(
            store: store, configuration: configuration, metrics: metrics, observers: observers, pool: pools.intake,
            clock: clock)
        receivers = ReceiverService(
            intake: intake, metricReceiver: metricReceiver, access: access, limits: configuration.limits,
            metrics: metrics)
        grpc = OTLPGRPCService(
            intake: intake, metricReceiver: metricReceiver, tokens: tokens, bytes: budget,
            limits: configuration.limits, metrics: metrics)
        queries = QueryService(
            store: store, access: access, rules: configuration.transactionRules, metrics: metrics, pools: pools,
            scrape: MetricRoutes(registry: registry, mesh: mesh, spans: spans))
        ProcessMetrics.register(in: registry, version: Self.version)
        StoreMetrics.register(store: store, retention: configuration.retention, in: registry)
        let open = registry.gauge("waybill_collector_connections", help: "Open connections on all listeners.")
        let waitingBatches = registry.gauge(
            "waybill_collector_waiting_batches", help: "Batches that wait for room in the store.")
        let requestBytes = registry.gauge(
            "waybill_collector_request_bytes_in_flight", help: "Bytes of request bodies held in memory.")
        let answerBytes = registry.gauge(
            "waybill_collector_answer_bytes_in_flight", help: "Bytes of answers that clients have not read yet.")
        registry.onCollect {
            answerBytes.set(answers.usedBytes)
            open.set(connections.count)
            waitingBatches.set(waiting.count)
            requestBytes.set(budget.usedBytes)
        }
    }

    /// Every path that the query listener answers, as `/api/traces/{id}`.
    var queryPaths: [String] { queries.paths }

    /// Sets up the connections of the listener `name`.
    func initializer(
        _ name: String, plan: ListenerPlan, connections: ConnectionSet
    ) -> @Sendable (any Channel) -> EventLoopFuture<Void> {
        let security = plan.security
        let grpcSecurity = configuration.otlpGRPCTLS ? security : nil
        return switch name {
        case "wire": { channel in wire(channel, security, connections: connections) }
        case "otlp-grpc": { channel in grpc(channel, grpcSecurity, connections: connections) }
        case "otlp-http": { channel in http(channel, receivers, connections: connections) }
        default: { channel in http(channel, queries, connections: connections) }
        }
    }

    private func wire(
        _ channel: any Channel, _ security: ListenerSecurity?, connections: ConnectionSet
    ) -> EventLoopFuture<Void> {
        guard connections.add(channel) else {
            return turnAway(channel, security, .wire) { [turningAway] channel in
                var limits = WireLimits()
                limits.handshakeTimeoutSeconds = TurnAway.handshakeSeconds
                return WireReceiverHandler(limits: limits, delegate: turningAway) { _ in "anonymous" }
            }
        }
        return channel.eventLoop.makeCompletedFuture {
            try secure(channel, security, .wire, connections: connections)
            try channel.pipeline.syncOperations.addHandler(
                WireReceiverHandler(limits: WireLimits(), delegate: receiver, budget: wireBudget) { channel in
                    peerPrincipal(of: channel)?.description ?? "anonymous"
                })
        }
    }

    private func grpc(
        _ channel: any Channel, _ security: ListenerSecurity?, connections: ConnectionSet
    ) -> EventLoopFuture<Void> {
        guard connections.add(channel, drains: true) else {
            return turnAway(channel, security, .otlpGRPC) { [turningAway] _ in turningAway.last(turningAway.http2) }
        }
        return channel.eventLoop.makeCompletedFuture {
            try secure(channel, security, .otlpGRPC, connections: connections)
            try GRPCServerPipeline.add(
                to: channel, service: grpc, limits: configuration.limits.grpc, isTLS: security != nil)
        }
    }

    private func http(
        _ channel: any Channel, _ service: any HTTPService, connections: ConnectionSet
    ) -> EventLoopFuture<Void> {
        guard connections.add(channel) else {
            return turnAway(channel, nil, .wire) { [turningAway] _ in turningAway.last(turningAway.http) }
        }
        return channel.eventLoop.makeCompletedFuture {
            var limits = HTTPLimits()
            // The handler bounds bodies and their time itself, and words the refusal as the sender reads it.
            limits.maximumBodyBytes = .max
            limits.bodyTimeoutMilliseconds = 2000 * configuration.limits.requestSeconds
            try HTTPServerPipeline.add(to: channel, limits: limits) { [metrics] refusal in
                metrics.httpRefused(refusal.reason.rawValue)
            }
            try channel.pipeline.syncOperations.addHandler(
                HTTPServiceHandler(
                    service: service, budget: budget, answers: answers,
                    requestTimeout: .seconds(Int64(configuration.limits.requestSeconds))))
        }
    }

    private func turnAway(
        _ channel: any Channel, _ security: ListenerSecurity?, _ door: ListenerSecurity.Door,
        _ handler: @Sendable (any Channel) -> any ChannelHandler
    ) -> EventLoopFuture<Void> {
        metrics.connectionsTurnedAway.increment()
        guard turningAway.hasRoom(for: channel) else { return channel.close() }
        return channel.eventLoop.makeCompletedFuture {
            if let security {
                try channel.pipeline.syncOperations.addHandlers(security.handlers(door) + [handshakes.handler(door)])
            }
            try channel.pipeline.syncOperations.addHandler(handler(channel))
        }
    }

    private func secure(
        _ channel: any Channel, _ security: ListenerSecurity?, _ door: ListenerSecurity.Door,
        connections: ConnectionSet
    ) throws {
        guard let security else { return }
        try channel.pipeline.syncOperations.addHandlers(
            security.handlers(door) { connections.verified(channel, $0, by: $1) } + [handshakes.handler(door)])
    }
}
