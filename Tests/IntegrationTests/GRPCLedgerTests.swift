import Foundation
import Mesh
import Telemetry
import Testing

/// Google's gRPC through two proxies: ids inside messages of Google's protobuf, health, and retries by status.
@Suite(.serialized, .timeLimit(.minutes(2))) struct GRPCLedgerTests {
    static let isPossible = PythonScript.canImport("grpc", "google.protobuf")

    /// A ledger's proxy before both servers, and its caller's.
    private static func pair(
        _ ports: [Int], _ collector: RunningCollector, in directory: TemporaryDirectory
    ) async throws -> (near: RunningProxy, far: RunningProxy) {
        let loopback = HostPort(host: "127.0.0.1", port: 0)
        let telemetry = TelemetryDestination(
            collectors: [try #require(HostPort(collector.wire))], batchMilliseconds: 20, metricsMilliseconds: 200)
        let field = GRPCMessageField(try #require(ProtobufFieldPath("2.1.3")))
        let sources = [TransactionSource(attribute: "payment.uetr", location: .message(field))]
        var servers = Cluster(name: "servers", endpoints: ports.map { HostPort(host: "127.0.0.1", port: $0) })
        servers.httpProtocol = .http2
        servers.loadBalancing.panicPercent = .none
        servers.healthCheck = HealthCheck(
            .grpc, service: "bank.Ledger", intervalMilliseconds: 100, timeoutMilliseconds: 2_000, unhealthyThreshold: 1)
        let far = try await RunningProxy(
            ProxyConfiguration(
                service: ServiceDescription(name: "ledger"),
                inbound: Listener(
                    address: loopback, security: .plain,
                    routes: [Route(name: "ledger", cluster: "servers", transactionSources: sources, payment: true)]),
                admin: loopback, clusters: [servers], telemetry: telemetry), directory: directory)
        var cluster = Cluster(name: "ledger", endpoints: [try #require(HostPort(far.inbound))])
        cluster.httpProtocol = .http2
        let retries = RetryPolicy(
            maximumAttempts: 3, conditions: [.grpcUnavailable], idempotencyHeader: "idempotency-key")
        let near = try await RunningProxy(
            ProxyConfiguration(
                service: ServiceDescription(name: "payments"),
                outbound: Listener(
                    address: loopback, security: .plain,
                    routes: [
                        Route(
                            name: "ledger", cluster: "ledger", retries: retries, transactionSources: sources,
                            payment: true)
                    ]),
                admin: loopback, clusters: [cluster], telemetry: telemetry), directory: directory)
        return (near, far)
    }

    private static func who(_ target: String) async throws -> [String] {
        let answers = try await PythonScript.object("grpc_ledger.py", ["who", target, "10"])
        return (answers["who"] as? [String: Int] ?? [:]).keys.sorted()
    }

    @Test(.enabled(if: isPossible)) func aLedgerBehindTwoProxies() async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        let server = try PythonScript.start("grpc_ledger.py", ["serve"])
        try await Patience.until("both servers listen") { server.output.contains("ready\n") }
        let ports = server.output.split(separator: "\n").compactMap { Int($0) }
        let pair = try await Self.pair(ports, collector, in: directory)

        // Every id of every message is found, compressed or not, and the journey is one hop.
        let seed = ProcessInfo.processInfo.environment["WAYBILL_SEED"] ?? "\(UInt32.random(in: 1 ... .max))"
        let posted = try await PythonScript.object("grpc_ledger.py", ["post", pair.near.outbound, "60", seed])
        let ids = (posted["ids"] as? [String] ?? []) + (posted["streamed"] as? [String] ?? [])
        #expect(ids.count == 63 && posted["who"] as? [String] == ["a", "b"])
        for id in ids {
            try await Patience.until("the journey \(id) is stored (WAYBILL_SEED=\(seed))") {
                try await collector.journey(id)?.summary.spans == 2
            }
        }
        let journey = try #require(try await collector.journey(ids[0]))
        let hop = try #require(journey.hops.first)
        #expect(hop.caller?.service == "payments" && hop.callee?.service == "ledger")
        #expect(hop.operation == "bank.Ledger/Post" && hop.outcome == .succeeded)

        // Unavailable twice: tried again where the caller says that it may be.
        let flaky = try await PythonScript.object("grpc_ledger.py", ["flaky", pair.near.outbound])
        #expect(flaky["kept"] as? String == "3" && flaky["bare"] as? [String] == ["UNAVAILABLE", "not now"])

        // One that says that it does not serve gets nothing; when neither does, the answer says so.
        _ = try await PythonScript.run("grpc_ledger.py", ["health", "\(ports[1])", "2"])
        try await Patience.until("only a answers") { try await Self.who(pair.near.outbound) == ["a"] }
        _ = try await PythonScript.run("grpc_ledger.py", ["health", "\(ports[0])", "2"])
        try await Patience.until("nobody answers") {
            try await Self.who(pair.near.outbound) == ["UNAVAILABLE: no endpoint of servers is available"]
        }
        try await pair.near.stop()
        try await pair.far.stop()
        try await collector.stop()
        try await server.kill9()
    }
}
