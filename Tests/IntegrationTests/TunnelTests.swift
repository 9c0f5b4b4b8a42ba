import Foundation
import Mesh
import Testing

/// WebSocket and CONNECT of clients and servers that know nothing of this code, through one proxy and through pairs.
@Suite(.serialized, .timeLimit(.minutes(2))) struct TunnelTests {
    static let hasWebSockets = PythonScript.canImport("websockets.asyncio.server")

    /// Two proxies over mutual TLS that speak `version` to each other, before a service on `port`.
    private static func pair(
        to port: Int, _ version: HTTPProtocol, in directory: TemporaryDirectory, near: UpgradePolicy,
        far: UpgradePolicy
    ) async throws -> (near: RunningProxy, far: RunningProxy) {
        let certificates = try await TestCertificates(directory)
        let loopback = HostPort(host: "127.0.0.1", port: 0)
        func identity(_ name: String) async throws -> MeshIdentity {
            let id = "spiffe://bank.example/\(name)"
            let (chain, key) = try await certificates.issue(name, spiffe: id)
            return MeshIdentity(spiffeID: id, certificateChain: chain, privateKey: key, roots: certificates.roots)
        }
        func routes(_ policy: UpgradePolicy, _ cluster: String) -> [Route] {
            let refusing = Route(name: "refused", match: RouteMatch(path: .prefix("/refused")), cluster: cluster)
            var taking = Route(name: "tunnels", cluster: cluster)
            taking.upgrades = policy
            return [refusing, taking]
        }
        let farProxy = try await RunningProxy(
            ProxyConfiguration(
                service: ServiceDescription(name: "far"), identity: try await identity("far"),
                inbound: Listener(address: loopback, security: .mutualTLS, routes: routes(far, "service")),
                admin: loopback,
                clusters: [Cluster(name: "service", endpoints: [HostPort(host: "127.0.0.1", port: port)])]),
            directory: directory)
        var cluster = Cluster(name: "far", endpoints: [try #require(HostPort(farProxy.inbound))])
        cluster.tls = PeerExpectation(spiffeID: "spiffe://bank.example/far")
        cluster.httpProtocol = version
        let nearProxy = try await RunningProxy(
            ProxyConfiguration(
                service: ServiceDescription(name: "near"), identity: try await identity("near"),
                outbound: Listener(address: loopback, security: .plain, routes: routes(near, "far")),
                admin: loopback, clusters: [cluster]), directory: directory)
        return (nearProxy, farProxy)
    }

    private static func check(_ address: String) async throws {
        let answers = try await PythonScript.object("websocket_through_proxies.py", ["call", address])
        #expect(answers["status"] as? Int == 101 && answers["subprotocol"] as? String == "pay.v1")
        #expect(answers["text"] as? String == "grüße" && answers["closed"] as? Int == 1000)
        #expect(answers["large"] as? Bool == true && answers["many"] as? Bool == true)
        #expect(answers["count"] as? Int == 2_000 && answers["at once"] as? Bool == true)
        let left = answers["left"] as? [Any] ?? []
        #expect(left.first as? Int == 4321 && left.last as? String == "enough")
        #expect(answers["broken"] as? Bool == true)
        let refused = answers["refused"] as? [Any] ?? []
        #expect(refused.first as? Int == 403 && refused.last as? String == "UPR")
    }

    private static func webSocketServer() async throws -> (ChildProcess, port: Int) {
        let server = try PythonScript.start("websocket_through_proxies.py", ["serve"])
        try await Patience.until("the WebSocket server listens") { server.output.contains("\n") }
        return (server, try #require(Int(server.output.split(separator: "\n").first ?? "")))
    }

    @Test(.enabled(if: hasWebSockets), arguments: [HTTPProtocol.http2, .http1])
    func webSocketsThroughTwoProxies(_ version: HTTPProtocol) async throws {
        let directory = try TemporaryDirectory()
        let (server, port) = try await Self.webSocketServer()
        let policy = UpgradePolicy(["websocket"])
        let pair = try await Self.pair(to: port, version, in: directory, near: policy, far: policy)
        try await Self.check(pair.near.outbound)
        try await pair.near.stop()
        try await pair.far.stop()
        try await server.kill9()
    }

    @Test(.enabled(if: hasWebSockets)) func webSocketsThroughOneProxy() async throws {
        let directory = try TemporaryDirectory()
        let (server, port) = try await Self.webSocketServer()
        let loopback = HostPort(host: "127.0.0.1", port: 0)
        var taking = Route(name: "tunnels", cluster: "service")
        taking.upgrades = UpgradePolicy(["websocket"])
        let proxy = try await RunningProxy(
            ProxyConfiguration(
                service: ServiceDescription(name: "only"),
                inbound: Listener(
                    address: loopback, security: .plain,
                    routes: [
                        Route(name: "refused", match: RouteMatch(path: .exact("/refused")), cluster: "service"), taking,
                    ]),
                admin: loopback,
                clusters: [Cluster(name: "service", endpoints: [HostPort(host: "127.0.0.1", port: port)])]),
            directory: directory)
        try await Self.check(proxy.inbound)
        try await proxy.stop()
        try await server.kill9()
    }

    /// curl asks the near proxy for a tunnel, which ends at the far one, and speaks HTTP to the service through it.
    @Test(arguments: [HTTPProtocol.http2, .http1])
    func curlThroughATunnel(_ version: HTTPProtocol) async throws {
        let directory = try TemporaryDirectory()
        let service = try await EchoService()
        let pair = try await Self.pair(
            to: service.port, version, in: directory, near: UpgradePolicy(connect: .forward),
            far: UpgradePolicy(connect: .terminate))
        let curl = try await ChildProcess.run(
            "/usr/bin/curl",
            [
                "-sS", "--proxytunnel", "-x", "http://\(pair.near.outbound)", "-w", " %{http_connect} %{http_code}",
                "http://ledger.bank:80/first", "http://ledger.bank:80/second",
            ])
        #expect(curl.output == "/first 200 200/second 000 200", "\(curl.output) \(curl.errors)")
        // One tunnel for both requests, and no service at the address that curl named.
        let metrics = try await ChildProcess.run("/usr/bin/curl", ["-sS", "http://\(pair.far.admin)/metrics"])
        #expect(
            metrics.output.contains(
                "waybill_proxy_tunnels_opened_total{direction=\"inbound\",route=\"tunnels\"} 1\n"))
        try await pair.near.stop()
        try await pair.far.stop()
        try await service.stop()
    }
}
