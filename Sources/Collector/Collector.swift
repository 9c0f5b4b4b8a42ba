import Files
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Storage
import Transport
import Wire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The service: four listeners over one store.
public final class Collector: Sendable {
    /// A listener that is open: what it speaks and where.
    public struct Listener: Sendable, Hashable {
        /// `wire`, `otlp-grpc`, `otlp-http` or `http`.
        public var name: String
        /// `HOST:PORT` with the real port.
        public var address: String
    }

    public let listeners: [Listener]
    public let dataDirectory: String
    /// Every path that the query listener answers, as `/api/traces/{id}`.
    package let queryPaths: [String]
    private let channels: [any Channel]
    private let connections: ConnectionSet
    private let store: Store
    private let group: MultiThreadedEventLoopGroup
    private let pools: ThreadPools
    /// `nil` without mutual TLS.
    private let watch: CredentialWatch?
    private let log: Logger

    private init(
        listeners: [Listener], dataDirectory: String, queryPaths: [String], channels: [any Channel],
        connections: ConnectionSet, store: Store,
        group: MultiThreadedEventLoopGroup, pools: ThreadPools, watch: CredentialWatch?, log: Logger
    ) {
        self.listeners = listeners
        self.dataDirectory = dataDirectory
        self.queryPaths = queryPaths
        self.channels = channels
        self.connections = connections
        self.store = store
        self.group = group
        self.pools = pools
        self.watch = watch
        self.log = log
    }

    /// Checks the configuration, opens the store, recovers what a crash left, opens the listeners. Leaves nothing
    /// running when it throws.
    public static func start(
        _ configuration: CollectorConfiguration, files: any FileSystem = RealFileSystem(), log: Logger
    ) async throws(CollectorStartError) -> Collector {
        let plan = try ListenerPlan(configuration)
        let mesh = MeshMetrics(limits: configuration.limits, clock: { Collector.clock() })
        let store = try openStore(configuration, mesh, files: files)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoops)
        let pools = ThreadPools()
        pools.start()
        let connections = ConnectionSet(limit: configuration.limits.connections)
        do {
            let services = Services(
                configuration: configuration, store: store, mesh: mesh, group: group, pools: pools, tokens: plan.tokens,
                connections: connections, log: log)
            var channels: [any Channel] = []
            for listener in plan.listeners {
                channels.append(
                    try await ServerListener.bind(
                        listener.name, host: listener.address.host, port: listener.address.port, group: group,
                        initialize: services.initializer(listener.name, plan: plan, connections: connections)))
            }
            let listeners = zip(plan.listeners, channels).map {
                Listener(name: $0.name, address: ServerListener.boundAddress(of: $1))
            }
            let watch = plan.security.map {
                CredentialWatch($0, connections: connections, metrics: services.credentials, log: log)
            }
            watch?.start(on: group.any())
            log.info("collector started", metadata: ["data": "\(configuration.dataDirectory)"])
            return Collector(
                listeners: listeners, dataDirectory: configuration.dataDirectory, queryPaths: services.queryPaths,
                channels: channels,
                connections: connections, store: store, group: group, pools: pools, watch: watch, log: log)
        } catch {
            try? await pools.shutdownGracefully()
            try? await group.shutdownGracefully()
            try? store.close()
            throw CollectorStartError(machine: "The collector cannot start: \(error).")
        }
    }

    /// Reads certificate, key and roots anew at once, changed or not. What becomes of it is in the log: what cannot be
    /// taken over is refused, and the old goes on serving.
    public func reload() async {
        guard let watch else { return log.notice("there is nothing to read anew: the collector has no certificates") }
        do {
            try await watch.reload(on: group.any()).get()
        } catch {
            log.error("certificate, key and roots cannot be read anew: \(error)")
        }
    }

    /// Stops listening, lets what was received become durable, seals nothing, closes the store.
    public func stop() async throws {
        try await watch?.stop()
        for channel in channels { try? await channel.close().get() }
        await connections.drain(within: .seconds(5))
        await connections.closeAll()
        try await pools.shutdownGracefully()
        let store = store
        try await NIOThreadPool.singleton.runIfActive { try store.close() }
        try await group.shutdownGracefully()
        log.info("collector stopped")
    }

    private static func openStore(
        _ configuration: CollectorConfiguration, _ mesh: MeshMetrics, files: any FileSystem
    ) throws(CollectorStartError) -> Store {
        var settings = configuration.store
        settings.metricTotals = mesh
        do {
            return try Store.open(directory: configuration.dataDirectory, configuration: settings, files: files)
        } catch {
            throw CollectorStartError(
                machine: "The data directory \(configuration.dataDirectory) cannot be opened: \(error.message).")
        }
    }

    static func clock() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
