import Foundation
import Mesh
import Testing

/// HTTP/2 clients and servers that know nothing of this code, through one proxy and through a pair.
@Suite(.serialized, .timeLimit(.minutes(2))) struct HTTP2ClientsTests {
    static let hasGRPC = PythonScript.canImport("grpc")

    /// Two proxies that speak HTTP/2 to each other, the far one speaking `version` to a service on `port`.
    private static func pair(
        to port: Int, _ version: HTTPProtocol, in directory: TemporaryDirectory, match: RouteMatch = RouteMatch()
    ) async throws -> (near: RunningProxy, far: RunningProxy) {
        let loopback = HostPort(host: "127.0.0.1", port: 0)
        var service = Cluster(name: "service", endpoints: [HostPort(host: "127.0.0.1", port: port)])
        service.httpProtocol = version
        let far = try await RunningProxy(
            ProxyConfiguration(
                service: ServiceDescription(name: "far"),
                inbound: Listener(
                    address: loopback, security: .plain,
                    routes: [Route(name: "service", match: match, cluster: "service")]),
                admin: loopback, clusters: [service]), directory: directory)
        var other = Cluster(name: "far", endpoints: [try #require(HostPort(far.inbound))])
        other.httpProtocol = .http2
        let near = try await RunningProxy(
            ProxyConfiguration(
                service: ServiceDescription(name: "near"),
                outbound: Listener(
                    address: loopback, security: .plain, routes: [Route(name: "far", cluster: "far")]),
                admin: loopback, clusters: [other]), directory: directory)
        return (near, far)
    }

    @Test(.enabled(if: hasGRPC)) func gRPCThroughTwoProxies() async throws {
        let directory = try TemporaryDirectory()
        let server = try PythonScript.start("grpc_through_proxies.py", ["serve"])
        try await Patience.until("the gRPC server listens") { server.output.contains("\n") }
        let port = try #require(Int(server.output.split(separator: "\n").first ?? ""))
        let pair = try await Self.pair(
            to: port, .http2, in: directory, match: RouteMatch(path: .prefix("/bank.Ledger")))
        let answers = try await PythonScript.object("grpc_through_proxies.py", ["call", pair.near.outbound])
        #expect(answers["unary"] as? String == "hello" && answers["initial"] as? String == "7")
        #expect(answers["trailing"] as? String == "t" && answers["binary"] as? String == "00ff")
        #expect(answers["large"] as? Bool == true)
        #expect(answers["many"] as? Int == 200 && answers["at once"] as? Int == 200)
        #expect(answers["fail"] as? [String] == ["FAILED_PRECONDITION", "not enough: 5 % and ü"])
        #expect(answers["deadline"] as? String == "DEADLINE_EXCEEDED")
        #expect(answers["unknown"] as? String == "UNIMPLEMENTED")
        #expect(answers["count"] as? Int == 5_000 && answers["sum"] as? Int == 500_000)
        #expect(answers["echo"] as? Bool == true && answers["cancelled"] as? String == "yes")
        let refused = answers["refused"] as? [String] ?? []
        #expect(refused.first == "UNIMPLEMENTED" && refused.last?.contains("no route") == true)
        try await pair.near.stop()
        try await pair.far.stop()
        try await server.kill9()
    }

    @Test func commonClients() async throws {
        let directory = try TemporaryDirectory()
        let service = try await EchoService()
        let pair = try await Self.pair(to: service.port, .auto, in: directory)
        for address in [pair.near.outbound, pair.far.inbound] {
            for option in ["--http1.1", "--http2-prior-knowledge"] {
                let curl = try await ChildProcess.run(
                    "/usr/bin/curl",
                    ["-sS", option, "-w", " %{http_code} %{http_version}", "-d", "abc", "http://\(address)/path"])
                let wire = option == "--http1.1" ? "1.1" : "2"
                #expect(curl.status == 0 && curl.output == "/path 200 \(wire)", "\(curl.output) \(curl.errors)")
            }
            let nghttp = try await ChildProcess.run("/usr/bin/nghttp", ["-nv", "http://\(address)/n"])
            #expect(nghttp.output.contains(":status: 200") && !nghttp.output.contains("GOAWAY frame <error"))
            let load = try await ChildProcess.run(
                "/usr/bin/h2load", ["-n2000", "-c4", "-m25", "-t1", "http://\(address)/load"])
            #expect(load.output.contains("2000 succeeded, 0 failed, 0 errored"), "\(load.output.suffix(600))")
        }
        try await pair.near.stop()
        try await pair.far.stop()
        try await service.stop()
    }
}
