import Mesh

/// A proxy with one stream listener before upstreams on the given ports.
enum TestStream {
    static func with(
        _ ports: [Int], _ kind: StreamProtocol = .tcp, limits: StreamLimits = StreamLimits(),
        routes: [StreamRoute] = [StreamRoute(name: "all", cluster: "up")],
        _ body: (TestProxy, Int) async throws -> Void
    ) async throws {
        let listener = StreamListener(
            address: HostPort(host: "127.0.0.1", port: 0), security: .plain, protocol: kind, limits: limits,
            routes: routes)
        let configuration = ProxyConfiguration(
            service: ServiceDescription(name: "test-service"),
            listeners: [DeclaredListener(name: "stream", direction: .outbound, traffic: .stream(listener))],
            clusters: [Cluster(name: "up", endpoints: ports.map { HostPort(host: "127.0.0.1", port: $0) })],
            telemetry: TestProxy.telemetry)
        let proxy = try await TestProxy(configuration)
        do {
            try await body(proxy, proxy.ports["stream"] ?? 0)
        } catch {
            try await proxy.stop()
            throw error
        }
        try await proxy.stop()
    }
}
