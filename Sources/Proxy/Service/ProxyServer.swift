import Exposition
import Files
import Logging
import Mesh
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Transport
import Wire

/// A running proxy: its workers, its listeners, its exporter.
package final class ProxyServer: Sendable {
    /// Where the proxy really listens, as `host:port`.
    package struct Addresses: Sendable {
        /// By the listener's name, in the configuration's order.
        package var listeners: [(name: String, address: String)] = []
        package var admin = ""

        package var inbound: String? { self["inbound"] }
        package var outbound: String? { self["outbound"] }

        package subscript(name: String) -> String? { listeners.first { $0.name == name }?.address }
    }

    private struct State {
        var setup: ProxySetup
        var listeners: [(Direction, any Channel)] = []
        var admin: (any Channel)?
        var watch: ConfigurationWatch?
        var isDraining = false
        var metrics: RepeatedTask?
    }

    package let registry = MetricRegistry()
    let reloads: ReloadMetrics
    private let currentCredentials: CurrentCredentials
    private let source: ConfigurationSource?
    private let group: MultiThreadedEventLoopGroup
    private let workers: [ObjectIdentifier: NIOLoopBound<Worker>]
    private let state: Mutex<State>
    private let onDrain: @Sendable () -> Void

    /// - Parameters:
    ///   - workers: Event loops, each with its own connections and pools.
    ///   - source: Where the configuration was read from; watched, and read anew when it changes.
    ///   - sink: In place of the wire exporter that the configuration asks for.
    ///   - onDrain: Called when the admin listener is asked to drain.
    package init(
        configuration: ProxyConfiguration, source: ConfigurationSource? = nil, workers count: Int,
        sink: (any SpanSink)? = nil, log: Logger,
        onDrain: @escaping @Sendable () -> Void = {}
    ) throws {
        try Self.checkListeners(configuration)
        let credentials = try Credentials(configuration.identity)
        let current = CurrentCredentials(credentials)
        let registry = registry
        let accessLog = try configuration.accessLog.map { try AccessLogWriter($0, registry: registry, log: log) }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        do {
            let sink =
                try sink
                ?? configuration.telemetry.map {
                    try ExporterSetup.make($0, configuration: configuration, credentials: current, group: group)
                }
            let setup = try ProxySetup(
                configuration: configuration, workers: count, registry: registry, sink: sink, accessLog: accessLog,
                credentials: credentials, log: log)
            var workers: [ObjectIdentifier: NIOLoopBound<Worker>] = [:]
            for (index, eventLoop) in Array(group.makeIterator()).enumerated() {
                workers[ObjectIdentifier(eventLoop)] = try eventLoop.submit {
                    NIOLoopBound(Worker(eventLoop: eventLoop, index: index, setup: setup), eventLoop: eventLoop)
                }.wait()
            }
            state = Mutex(State(setup: setup))
            self.workers = workers
        } catch {
            try group.syncShutdownGracefully()
            throw error
        }
        self.group = group
        self.onDrain = onDrain
        self.source = source
        currentCredentials = current
        reloads = ReloadMetrics(registry: registry)
        reloads.show(credentials)
        ProcessMetrics.register(in: registry, version: ProxyVersion.text)
        if let sink = setup.sink { ExporterMetrics.register(sink, in: registry) }
    }

    /// Everything that can be wrong with a configuration before a socket is opened, its certificates included.
    package static func check(_ configuration: ProxyConfiguration) throws {
        try checkListeners(configuration)
        _ = try Credentials(configuration.identity)
    }

    private static func checkListeners(_ configuration: ProxyConfiguration) throws {
        for place in configuration.allListeners {
            // What was intercepted comes by the transparent listener of its direction, wherever it wanted to go.
            let isCaptured = place.listener.capture == .originalDestination
            let entry = place.listener.direction == .inbound ? configuration.inbound : configuration.outbound
            try ListenerPolicy.check(
                place.listener.name,
                host: (isCaptured ? entry?.address.host : nil) ?? place.listener.address.host,
                hasMutualTLS: place.listener.usesTLS, hasTokens: false)
        }
        try ListenerPolicy.check("admin", host: configuration.admin.host, hasMutualTLS: false, hasTokens: false)
    }

    /// What holds now.
    var setup: ProxySetup { state.withLock { $0.setup } }
    var anyEventLoop: any EventLoop { group.any() }

    // MARK: Starting

    /// Opens the listeners.
    package func start() async throws -> Addresses {
        setup.sink?.start()
        setup.accessLog?.start()
        startMetrics()
        var addresses = Addresses()
        let configuration = setup.configuration
        for (index, place) in configuration.allListeners.enumerated()
        where place.listener.capture != .originalDestination {
            let address = try await open(place.listener, index)
            addresses.listeners.append((place.listener.name, address))
        }
        let admin = try await ServerListener.bind(
            "admin", host: configuration.admin.host, port: configuration.admin.port, group: group
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try HTTPServerPipeline.add(to: channel, limits: AdminHandler.limits)
                try channel.pipeline.syncOperations.addHandler(AdminHandler(self))
            }
        }
        let watch = ConfigurationWatch(source: source, server: self)
        watch.start(on: group.next())
        state.withLock { state in
            state.admin = admin
            state.watch = watch
        }
        addresses.admin = ServerListener.boundAddress(of: admin)
        return addresses
    }

    private func open(_ listener: DeclaredListener, _ index: Int) async throws -> String {
        guard listener.capture == .entry else {
            let channel = try await bind(listener, index, host: listener.address.host, port: listener.address.port)
            return ServerListener.boundAddress(of: channel)
        }
        var first: (any Channel)?
        for host in EntryAddresses.hosts(listener.address.host) {
            let port = first?.localAddress?.port ?? listener.address.port
            let channel = try await bind(listener, index, host: host, port: port)
            first = first ?? channel
        }
        return first.map { ServerListener.boundAddress(of: $0) } ?? listener.address.description
    }

    private func bind(
        _ listener: DeclaredListener, _ index: Int, host: String, port: Int
    ) async throws -> any Channel {
        let workers = workers
        let pipeline = ListenerPipeline(index: index)
        let channel = try await ServerListener.bind(
            listener.name, host: host, port: port, onlyIPv6: listener.capture == .entry && host.contains(":"),
            group: group
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                guard let worker = workers[ObjectIdentifier(channel.eventLoop)]?.value else {
                    channel.close(promise: nil)
                    return
                }
                try pipeline.add(to: channel, worker)
            }
        }
        state.withLock { $0.listeners.append((listener.direction, channel)) }
        return channel
    }

    private func startMetrics() {
        guard let sink = setup.sink, let telemetry = setup.configuration.telemetry else { return }
        let registry = registry
        let interval = TimeAmount.milliseconds(Int64(telemetry.metricsMilliseconds))
        let task = group.next().scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            sink.export(metrics: registry.drainDeltas())
        }
        state.withLock { $0.metrics = task }
    }

    // MARK: Reloading

    package func reload() async throws -> ReloadOutcome {
        guard let watch = state.withLock({ $0.watch }) else { return .refused("the proxy is not running") }
        try setup.accessLog?.reopen()
        return try await watch.reload().get()
    }

    /// Takes over a configuration; nothing has changed when it throws. Not on an event loop.
    func take(_ configuration: ProxyConfiguration) throws -> Credentials {
        try configuration.checkReload(from: setup.configuration)
        try Self.checkListeners(configuration)
        let credentials = try Credentials(configuration.identity)
        try take(try ProxySetup(setup, configuration: configuration, credentials: credentials))
        return credentials
    }

    /// Takes over certificates, roots and revocation lists. Not on an event loop.
    func take(_ credentials: Credentials) throws {
        try take(try ProxySetup(setup, configuration: setup.configuration, credentials: credentials))
    }

    private func take(_ next: ProxySetup) throws {
        state.withLock { $0.setup = next }
        currentCredentials.value = next.credentials
        reloads.show(next.credentials)
        for eventLoop in group.makeIterator() {
            guard let worker = workers[ObjectIdentifier(eventLoop)] else { continue }
            try eventLoop.submit { worker.value.adopt(next) }.wait()
        }
    }

    // MARK: Ending

    package var isDraining: Bool { state.withLock { $0.isDraining } }
    var configurationText: String { setup.configuration.json.text }

    func requestDrain() { onDrain() }

    /// Stops accepting, lets requests in flight end until `deadline`, hands over every span and metric, and stops.
    ///
    /// First no new requests to the service are taken; only when those under way are done, or the deadline is near, are
    /// none from it: to finish the first it may need the second.
    package func drain(deadline: NIODeadline) async throws -> ExporterStatistics? {
        let (listeners, admin, watch) = state.withLock { state in
            state.isDraining = true
            state.metrics?.cancel()
            defer { (state.listeners, state.admin, state.watch) = ([], nil, nil) }
            return (state.listeners, state.admin, state.watch)
        }
        try await watch?.stop()
        for (direction, listener) in listeners where direction == .inbound { listener.close(promise: nil) }
        try await onWorkers { $0.drainInbound() }
        try await waitUntil(deadline) { $0.openInbound == 0 }
        for (direction, listener) in listeners where direction == .outbound { listener.close(promise: nil) }
        try await onWorkers { $0.drain() }
        try await waitUntil(deadline) { $0.openDownstream == 0 }
        try await onWorkers { $0.finish() }
        var statistics: ExporterStatistics?
        if let sink = setup.sink {
            sink.export(metrics: registry.drainDeltas())
            statistics = await sink.shutdown(deadline: max(deadline, .now() + .seconds(1)))
        }
        try await setup.accessLog?.shutdown()
        admin?.close(promise: nil)
        try await group.shutdownGracefully()
        return statistics
    }

    private func waitUntil(_ deadline: NIODeadline, _ holds: @escaping @Sendable (Worker) -> Bool) async throws {
        while NIODeadline.now() < deadline {
            if try await onWorkers(holds).allSatisfy({ $0 }) { return }
            try await Task.sleep(nanoseconds: 5_000_000)
        }
    }

    @discardableResult
    private func onWorkers<R: Sendable>(_ body: @escaping @Sendable (Worker) -> R) async throws -> [R] {
        var results: [R] = []
        for eventLoop in group.makeIterator() {
            guard let worker = workers[ObjectIdentifier(eventLoop)] else { continue }
            results.append(try await eventLoop.submit { body(worker.value) }.get())
        }
        return results
    }
}
