import Mesh
import Testing

/// A proxy with one stream listener before upstreams on the given ports.
enum TestStream {
    static func configuration(
        _ ports: [Int], _ kind: StreamProtocol = .tcp, direction: TrafficDirection = .outbound,
        limits: StreamLimits = StreamLimits(),
        routes: [StreamRoute] = [StreamRoute(name: "all", cluster: "up")],
        listener change: (inout StreamListener) -> Void = { _ in },
        cluster changeCluster: (inout Cluster) -> Void = { _ in }
    ) -> ProxyConfiguration {
        var listener = StreamListener(
            address: HostPort(host: "127.0.0.1", port: 0), security: .plain, protocol: kind, limits: limits,
            routes: routes)
        change(&listener)
        var cluster = Cluster(name: "up", endpoints: ports.map { HostPort(host: "127.0.0.1", port: $0) })
        changeCluster(&cluster)
        return ProxyConfiguration(
            service: ServiceDescription(name: "test-service"),
            listeners: [DeclaredListener(name: "stream", direction: direction, traffic: .stream(listener))],
            clusters: [cluster], telemetry: TestProxy.telemetry)
    }

    static func with(
        _ ports: [Int], _ kind: StreamProtocol = .tcp, limits: StreamLimits = StreamLimits(),
        routes: [StreamRoute] = [StreamRoute(name: "all", cluster: "up")],
        listener: (inout StreamListener) -> Void = { _ in }, cluster: (inout Cluster) -> Void = { _ in },
        _ body: (TestProxy, Int) async throws -> Void
    ) async throws {
        let configuration = configuration(
            ports, kind, limits: limits, routes: routes, listener: listener, cluster: cluster)
        try await with(configuration) { proxy in try await body(proxy, proxy.stream) }
    }

    static func with(_ configuration: ProxyConfiguration, _ body: (TestProxy) async throws -> Void) async throws {
        let proxy = try await TestProxy(configuration)
        do {
            try await body(proxy)
        } catch {
            try await proxy.stop()
            throw error
        }
        try await proxy.stop()
    }

    /// A server behind the proxy `ledger`, and the proxy `payments` of a client before it, mutual TLS between them.
    static func pair(
        _ upstream: TestUpstream, _ kind: StreamProtocol = .tcp,
        caller: (inout ProxyConfiguration) throws -> Void = { _ in },
        callee: (inout ProxyConfiguration) -> Void = { _ in },
        listener: (inout StreamListener) -> Void = { _ in },
        _ body: (TestProxy, TestProxy) async throws -> Void
    ) async throws {
        let certificates = try #require(ProxyTests.MutualTLS.certificates)
        defer { upstream.stop() }
        var far = configuration(
            [upstream.port], kind, direction: .inbound,
            listener: {
                $0.security = .mutualTLS
                listener(&$0)
            })
        far.identity = try certificates.identity("ledger")
        callee(&far)
        try await with(far) { inbound in
            var near = configuration(
                [inbound.stream], kind,
                cluster: { $0.tls = PeerExpectation(spiffeID: "spiffe://bank.test/ledger") })
            near.identity = try certificates.identity("payments")
            try caller(&near)
            try await with(near) { outbound in try await body(outbound, inbound) }
        }
    }
}

extension TestProxy {
    /// The port of the listener `stream`.
    var stream: Int { ports["stream"] ?? 0 }

    /// Waits until it holds; records an issue when it does not within thirty seconds.
    func wait(_ what: Comment, _ holds: (TestProxy) throws -> Bool) async throws {
        try await eventually(what) { try holds(self) }
    }
}
