import Logging
import Mesh
import NIOCore
import Proxy

/// A proxy in this process with its own sink, on ports the system picks.
final class TestProxy: Sendable {
    let server: ProxyServer
    let sink: ListSink
    let inbound: Int
    let outbound: Int
    let admin: Int
    /// The ports of all listeners by name.
    let ports: [String: Int]

    init(
        _ configuration: ProxyConfiguration, workers: Int = 1, source: String? = nil, lines: LogLines? = nil
    ) async throws {
        var configuration = configuration
        configuration.admin = HostPort(host: "127.0.0.1", port: 0)
        let sink = ListSink()
        var log = Logger(label: "test")
        log.logLevel = .critical
        server = try ProxyServer(
            configuration: configuration, source: source.map { ConfigurationSource(path: $0) }, workers: workers,
            sink: sink, log: lines?.logger ?? log)
        self.sink = sink
        let addresses = try await server.start()
        inbound = Self.port(addresses.inbound)
        outbound = Self.port(addresses.outbound)
        admin = Self.port(addresses.admin)
        ports = Dictionary(uniqueKeysWithValues: addresses.listeners.map { ($0.name, Self.port($0.address)) })
    }

    private static func port(_ address: String?) -> Int { address.flatMap { HostPort($0)?.port } ?? 0 }

    func stop() async throws { _ = try await server.drain(deadline: .now()) }

    func counter(_ line: String) -> Double {
        for text in server.registry.render().split(separator: "\n") where text.hasPrefix(line + " ") {
            return Double(text.split(separator: " ").last ?? "") ?? -1
        }
        return -1
    }

    static let telemetry = TelemetryDestination(
        collectors: [HostPort(host: "127.0.0.1", port: 1)], batchMilliseconds: 1, metricsMilliseconds: 3_600_000)

    /// One listener, one cluster `up` on the given ports.
    static func configuration(
        _ ports: [Int], inbound: Bool = false, route: Route = Route(name: "all", cluster: "up"),
        cluster change: (inout Cluster) -> Void = { _ in }, limits: RequestLimits = RequestLimits()
    ) -> ProxyConfiguration {
        var cluster = Cluster(name: "up", endpoints: ports.map { HostPort(host: "127.0.0.1", port: $0) })
        change(&cluster)
        var configuration = ProxyConfiguration(
            service: ServiceDescription(name: "test-service"), clusters: [cluster], telemetry: telemetry)
        let listener = Listener(
            address: HostPort(host: "127.0.0.1", port: 0), security: .plain, limits: limits, routes: [route])
        if inbound { configuration.inbound = listener } else { configuration.outbound = listener }
        return configuration
    }

    /// Starts an upstream and an outbound proxy before it, runs `body`, and ends both.
    static func with(
        _ upstream: TestUpstream, inbound: Bool = false, route: Route = Route(name: "all", cluster: "up"),
        cluster: (inout Cluster) -> Void = { _ in }, limits: RequestLimits = RequestLimits(),
        _ body: (TestProxy) async throws -> Void
    ) async throws {
        let proxy = try await TestProxy(
            configuration([upstream.port], inbound: inbound, route: route, cluster: cluster, limits: limits))
        do {
            try await body(proxy)
        } catch {
            upstream.stop()
            try await proxy.stop()
            throw error
        }
        upstream.stop()
        try await proxy.stop()
    }

    /// The listener's port, whichever it has.
    func connect() throws -> RawSocket { try RawSocket.connect(outbound != 0 ? outbound : inbound) }
}
