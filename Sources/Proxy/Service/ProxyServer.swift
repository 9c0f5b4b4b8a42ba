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

    struct State {
        var setup: ProxySetup
        var listeners: [ListenerSocket] = []
        var nextListenerKey = 0
        var admin: (any Channel)?
        var watch: ConfigurationWatch?
        var isDraining = false
        var metrics: RepeatedTask?
    }

    package let registry = MetricRegistry()
    let reloads: ReloadMetrics
    let currentCredentials: CurrentCredentials
    private let source: ConfigurationSource?
    let group: MultiThreadedEventLoopGroup
    let workers: [ObjectIdentifier: NIOLoopBound<Worker>]
    let state: Mutex<State>
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
        try Self.checkDocument(configuration)
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
            state = Mutex(State(setup: setup, nextListenerKey: configuration.allListeners.count))
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
        try checkDocument(configuration)
        _ = try Credentials(configuration.identity)
    }

    /// What can be wrong with it whatever its files hold.
    static func checkDocument(_ configuration: ProxyConfiguration) throws {
        for (path, text) in configuration.spiffeIDs {
            do throws(SPIFFEIDError) {
                _ = try SPIFFEID(text)
            } catch {
                throw ConfigurationError(path: path, message: error.description)
            }
        }
        for place in configuration.allListeners {
            // What was intercepted comes by the transparent listener of its direction, wherever it wanted to go.
            let isCaptured = place.listener.capture == .originalDestination
            let entry = place.listener.direction == .inbound ? configuration.inbound : configuration.outbound
            let host = (isCaptured ? entry?.address.host : nil) ?? place.listener.address.host
            guard place.listener.usesTLS || ListenerPolicy.isLoopback(host) else {
                throw ConfigurationError(
                    path: "\(place.path).address",
                    message:
                        "\(host) is not on loopback, where mutual TLS is needed: set \"security\": \"mutual-tls\", or "
                        + "listen on 127.0.0.1 or [::1]")
            }
        }
        guard ListenerPolicy.isLoopback(configuration.admin.host) else {
            throw ConfigurationError(
                path: "admin",
                message:
                    "\(configuration.admin.host) is not on loopback, and whoever reaches the admin listener may drain "
                    + "the proxy: listen on 127.0.0.1 or [::1]")
        }
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
        let configuration = setup.configuration
        for (place, key) in zip(configuration.allListeners, setup.listenerKeys)
        where place.listener.capture != .originalDestination {
            let socket = try await open(place.listener, key)
            state.withLock { $0.listeners.append(socket) }
        }
        let admin = try await ServerListener.bind(
            "admin", host: configuration.admin.host, port: configuration.admin.port, group: group
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try HTTPServerPipeline.add(to: channel, limits: AdminHandler.limits)
                try channel.pipeline.syncOperations.addHandler(AdminHandler(ServingPages(self)))
            }
        }
        let watch = ConfigurationWatch(source: source, server: self)
        watch.start(on: group.next())
        state.withLock { state in
            state.admin = admin
            state.watch = watch
        }
        return addresses
    }

    /// Where it listens now.
    package var addresses: Addresses {
        state.withLock { state in
            var addresses = Addresses()
            addresses.listeners = state.listeners.map {
                ($0.listener.name, $0.boundAddress)
            }
            addresses.admin = state.admin.map { ServerListener.boundAddress(of: $0) } ?? ""
            return addresses
        }
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

    // MARK: Ending

    package var isDraining: Bool { state.withLock { $0.isDraining } }
    var configurationText: String { setup.configuration.json.text }

    func requestDrain() { onDrain() }

    /// Stops accepting, lets requests in flight end until `deadline`, hands over every span and metric, and stops.
    ///
    /// First the proxy is not ready any more, and connections to the service end with their request; until `minimum` new
    /// ones are still taken, because those who send them learn late of it, and the service may itself be ending, with
    /// requests of its own. Then no new requests to the service are taken; only when those under way are done, or the
    /// deadline is near, are none from it: to finish the first it may need the second.
    package func drain(
        minimum: NIODeadline = .now(), deadline: NIODeadline
    ) async throws -> ExporterStatistics? {
        state.withLock { $0.isDraining = true }
        let end = min(minimum, deadline)
        if end > .now() {
            try await onWorkers { $0.drainInbound() }
            let left = end - .now()
            if left.nanoseconds > 0 { try await Task.sleep(nanoseconds: UInt64(left.nanoseconds)) }
        }
        let watch = state.withLock { state in
            state.metrics?.cancel()
            defer { state.watch = nil }
            return state.watch
        }
        // After it no reload opens or closes a listener any more.
        try await watch?.stop()
        let (listeners, admin) = state.withLock { state in
            defer { (state.listeners, state.admin) = ([], nil) }
            return (state.listeners, state.admin)
        }
        for socket in listeners where socket.listener.direction == .inbound { socket.close() }
        try await onWorkers { $0.drainInbound() }
        try await waitUntil(deadline) { $0.openInbound == 0 }
        for socket in listeners where socket.listener.direction == .outbound { socket.close() }
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
