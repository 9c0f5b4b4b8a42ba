import Foundation
import Mesh
import NIOPosix
import Telemetry
import TestSupport
import Testing
import Transport

/// Requests through two real proxies, read back as journeys.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ProxyJourneyTests {
    @Test func aRequestThroughTwoProxiesIsOneHop() async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        let pair = try await ProxyPair(collector: collector, directory: directory)
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let answer = try await pair.call(
            "/entries",
            headers: ["x-payment-id": "E2E-1", "traceparent": "00-\(trace)-00f067aa0ba902b7-00", "host": "ledger"])
        #expect(answer.status == 200 && answer.text == "/entries")
        let failed = try await pair.call("/fail", headers: ["x-payment-id": "E2E-2"])
        #expect(failed.status == 503)
        try await Patience.until("both spans are stored") {
            let spans = [
                try await collector.journey("E2E-1")?.summary.spans,
                try await collector.journey("E2E-2")?.summary.spans,
            ]
            return spans == [2, 2]
        }
        let journey = try #require(try await collector.journey("E2E-1"))
        // An upstream that did not sample is recorded all the same.
        let hop = try #require(journey.hops.first { $0.form == .request })
        #expect(hop.traceID == trace)
        #expect(hop.caller?.service == "payments" && hop.callee?.service == "ledger")
        #expect(hop.httpStatus == 200 && hop.outcome == .succeeded)
        #expect(hop.callee?.source.door == "wire")
        #expect(try await collector.journey("E2E-2")?.summary.outcome == .failed)

        let page = try await ChildProcess.run(
            Programs.waybill, ["journey", "E2E-2", "--collector", collector.http, "--width", "80"])
        #expect(page.status == 0, "\(page.errors)")
        #expect(page.output.contains("✗ Failed after") && page.output.contains("payments → ledger"))
        #expect(!page.output.contains("\u{1B}"))
        #expect(page.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let tree = try await ChildProcess.run(
            Programs.waybill, ["trace", trace, "--collector", collector.http, "--verbose"])
        #expect(tree.status == 0 && tree.output.contains("payment.id = E2E-1"))
        let json = try await ChildProcess.run(
            Programs.waybill, ["journey", "E2E-1", "--collector", collector.http, "--json"])
        #expect(try JSONDecoder().decode(Journey.self, from: Data(json.output.utf8)) == journey)
        try await pair.stop()
        try await collector.stop()
    }

    /// Beside its service a proxy has no rights of root, and hands over what it records all the same.
    @Test func noPrivilegesAreNeeded() async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        let loopback = HostPort(host: "127.0.0.1", port: 0)
        let proxy = try await RunningProxy(
            ProxyConfiguration(
                service: ServiceDescription(name: "ledger"),
                outbound: Listener(address: loopback, security: .plain, routes: []), admin: loopback,
                telemetry: TelemetryDestination(
                    collectors: [try #require(HostPort(collector.wire))], batchMilliseconds: 20)),
            directory: directory, isPrivileged: false)
        let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)
        let connected = "\nwaybill_exporter_connected_collectors 1\n"
        try await Patience.until("the collector is reached") {
            try await client.get("http://\(proxy.admin)/metrics").text.contains(connected)
        }
        try await proxy.stop()
        try await collector.stop()
    }

    @Test func theAnswersOfTheCommand() async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        func run(_ arguments: String...) async throws -> (status: Int32, output: String, errors: String) {
            try await ChildProcess.run(Programs.waybill, arguments)
        }
        let none = try await run("journey", "nobody", "--collector", collector.http)
        #expect(none.status == 1 && none.output.isEmpty)
        #expect(none.errors == "No stored span carries the transaction nobody.\n")
        let noTrace = try await run("trace", Samples.traceID(77), "--collector", collector.http)
        #expect(noTrace.status == 1 && noTrace.errors.split(separator: "\n").count == 1)
        #expect(try await run("trace", "xyz").status == 2)
        #expect(try await run("journey").status == 2)
        #expect(try await run("journey", "x", "--width", "5").status == 2)
        #expect(try await run("nonsense").status == 2)
        #expect(try await run("--help").status == 0)
        let closed = try FreePort.next()
        let unreachable = try await run("journey", "x", "--collector", "http://127.0.0.1:\(closed)")
        #expect(unreachable.status == 3)
        #expect(unreachable.errors.contains("waybill collector --data DIR"))
        #expect(unreachable.errors.split(separator: "\n").count == 1)
        try await collector.stop()
    }
}
