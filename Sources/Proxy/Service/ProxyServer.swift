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
        var listeners: [any Channel] = []
        var isDraining = false
        var metrics: RepeatedTask?
    }

    package let registry = MetricRegistry()
    private let setup: ProxySetup
    private let group: MultiThreadedEventLoopGroup
    private let workers: [ObjectIdentifier: NIOLoopBound<Worker>]
    private let state = Mutex(State())
    private let onDrain: @Sendable () -> Void

    /// - Parameters:
    ///   - workers: Event loops, each with its own connections and pools.
    ///   - sink: In place of the wire exporter that the configuration asks for.
    ///   - onDrain: Called when the admin listener is asked to drain.
    package init(
        configuration: ProxyConfiguration, workers count: Int, sink: (any SpanSink)? = nil, log: Logger,
        onDrain: @escaping @Sendable () -> Void = {}
    ) throws {
        try Self.checkListeners(configuration)
        let credentials = try Credentials(configuration.identity)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        do {
            let sink =
                try sink
                ?? configuration.telemetry.map {
                    try ExporterSetup.make($0, configuration: configuration, tls: credentials.client(nil), group: group)
                }
            let setup = try ProxySetup(
                configuration: configuration, workers: count, registry: registry, sink: sink,
                credentials: credentials, log: log)
            var workers: [ObjectIdentifier: NIOLoopBound<Worker>] = [:]
            for (index, eventLoop) in Array(group.makeIterator()).enumerated() {
                workers[ObjectIdentifier(eventLoop)] = try eventLoop.submit {
                    NIOLoopBound(Worker(eventLoop: eventLoop, index: index, setup: setup), eventLoop: eventLoop)
                }.wait()
            }
            self.setup = setup
            self.workers = workers
        } catch {
            try group.syncShutdownGracefully()
            throw error
        }
        self.group = group
        self.onDrain = onDrain
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
            if case .stream(let listener) = place.listener.traffic {
                throw ConfigurationError(
                    path: "\(place.path).protocol", message: "\(listener.protocol.text) is not served yet")
            }
            try ListenerPolicy.check(
                place.listener.name, host: place.listener.address.host,
                hasMutualTLS: place.listener.security == .mutualTLS, hasTokens: false)
        }
        try ListenerPolicy.check("admin", host: configuration.admin.host, hasMutualTLS: false, hasTokens: false)
    }

    // MARK: Starting

    /// Opens the listeners.
    package func start() async throws -> Addresses {
        setup.sink?.start()
        startMetrics()
        var addresses = Addresses()
        let configuration = setup.configuration
        for (index, place) in configuration.allListeners.enumerated() {
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
        state.withLock { $0.listeners.append(admin) }
        addresses.admin = ServerListener.boundAddress(of: admin)
        return addresses
    }

    private func open(_ listener: DeclaredListener, _ index: Int) async throws -> String {
        var tls: (context: NIOSSLContext, rule: PeerRule)?
        if listener.security == .mutualTLS {
            guard let context = setup.credentials.server(listener.httpProtocol),
                let identity = setup.configuration.identity
            else {
                throw ProxyError("the \(listener.name) listener uses mutual TLS and needs an identity")
            }
            tls = (context, try Credentials.rule(for: listener, identity: identity))
        }
        let secured = tls
        let workers = workers
        let channel = try await ServerListener.bind(
            listener.name, host: listener.address.host, port: listener.address.port, group: group
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                guard
                    let worker = workers[ObjectIdentifier(channel.eventLoop)]?.value,
                    let connection = worker.accept(index)
                else {
                    channel.close(promise: nil)
                    return
                }
                if let secured {
                    try channel.pipeline.syncOperations.addHandler(
                        TLS.serverHandler(context: secured.context, verifying: secured.rule))
                }
                try channel.pipeline.syncOperations.addHandler(connection)
            }
        }
        state.withLock { $0.listeners.append(channel) }
        return ServerListener.boundAddress(of: channel)
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
    package func drain(deadline: NIODeadline) async throws -> ExporterStatistics? {
        let listeners = state.withLock { state in
            state.isDraining = true
            state.metrics?.cancel()
            defer { state.listeners = [] }
            return state.listeners
        }
        // The admin listener, opened last, answers until the end.
        for listener in listeners.dropLast() { listener.close(promise: nil) }
        try await onWorkers { $0.drain() }
        while NIODeadline.now() < deadline {
            let open = try await onWorkers { $0.openDownstream }.reduce(0, +)
            if open == 0 { break }
            try await Task.sleep(nanoseconds: 5_000_000)
        }
        try await onWorkers { $0.finish() }
        var statistics: ExporterStatistics?
        if let sink = setup.sink {
            sink.export(metrics: registry.drainDeltas())
            statistics = await sink.shutdown(deadline: max(deadline, .now() + .seconds(1)))
        }
        listeners.last?.close(promise: nil)
        try await group.shutdownGracefully()
        return statistics
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
