import Foundation
import Mesh
import NIOHTTP1
import NIOPosix
import Testing
import Transport

/// `waybill-proxy`, started and ready.
final class RunningProxy: Sendable {
    let process: ChildProcess
    let inbound: String
    let outbound: String
    let admin: String

    /// - Parameter isPrivileged: When it is not, the proxy runs without root's rights where the tests have them.
    init(
        _ configuration: ProxyConfiguration, directory: TemporaryDirectory, isPrivileged: Bool = true
    ) async throws {
        let path = directory.file("\(configuration.service.name).json")
        try configuration.json.text.write(toFile: path, atomically: true, encoding: .utf8)
        var command = [Programs.proxy, "--config", path, "--drain-seconds", "5"]
        if !isPrivileged, geteuid() == 0 {
            let setpriv = try #require(Programs.tool("setpriv"))
            command = [setpriv, "--reuid", "65534", "--regid", "65534", "--clear-groups"] + command
        }
        let process = try ChildProcess(command[0], Array(command.dropFirst()))
        try await Patience.until("the proxy is ready") { process.output.contains("ready\n") || !process.isRunning }
        guard process.isRunning else { throw RunningCollector.Unusable(description: process.errors) }
        var addresses: [String: String] = [:]
        for line in process.output.split(separator: "\n") where line.hasPrefix("listening ") {
            let words = line.split(separator: " ").map(String.init)
            if words.count == 3 { addresses[words[1]] = words[2] }
        }
        self.process = process
        inbound = addresses["inbound"] ?? ""
        outbound = addresses["outbound"] ?? ""
        admin = try #require(addresses["admin"])
    }

    func stop() async throws {
        process.send(SIGTERM)
        let status = try await process.end()
        #expect(status == 0, "\(process.errors)")
    }
}

/// A caller's proxy and a callee's, with a small service behind: one hop of a mesh, in plain TCP.
final class ProxyPair: Sendable {
    let caller: RunningProxy
    let callee: RunningProxy
    private let service: EchoService
    private let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)

    init(collector: RunningCollector, directory: TemporaryDirectory) async throws {
        service = try await EchoService()
        let loopback = HostPort(host: "127.0.0.1", port: 0)
        let telemetry = TelemetryDestination(
            collectors: [try #require(HostPort(collector.wire))], batchMilliseconds: 20, metricsMilliseconds: 200)
        let sources = [TransactionSource(attribute: "payment.id", location: .header("x-payment-id"))]
        callee = try await RunningProxy(
            ProxyConfiguration(
                service: ServiceDescription(name: "ledger"),
                inbound: Listener(
                    address: loopback, security: .plain,
                    routes: [Route(name: "ledger", cluster: "local", transactionSources: sources, payment: true)]),
                admin: loopback,
                clusters: [
                    Cluster(
                        name: "local",
                        endpoints: [HostPort(host: "127.0.0.1", port: service.port)])
                ],
                telemetry: telemetry), directory: directory)
        caller = try await RunningProxy(
            ProxyConfiguration(
                service: ServiceDescription(name: "payments"),
                outbound: Listener(
                    address: loopback, security: .plain,
                    routes: [Route(name: "ledger", cluster: "ledger", transactionSources: sources, payment: true)]),
                admin: loopback,
                clusters: [Cluster(name: "ledger", endpoints: [try #require(HostPort(callee.inbound))])],
                telemetry: telemetry), directory: directory)
    }

    /// A request through both proxies.
    func call(_ path: String, headers: HTTPHeaders = [:]) async throws -> HTTPClient.Response {
        try await client.get("http://\(caller.outbound)\(path)", headers: headers)
    }

    func page(_ url: String) async throws -> String { try await client.get(url).text }

    func stop() async throws {
        client.closeIdle()
        try await caller.stop()
        try await callee.stop()
        try await service.stop()
    }
}
