import Foundation
import Interop
import NIOCore
import NIOHTTP1
import NIOPosix
import Telemetry
import TestSupport
import Testing
import Transport

/// `waybill collector`, started and ready.
final class RunningCollector: Sendable {
    struct Unusable: Error, CustomStringConvertible {
        var description: String
    }

    let process: ChildProcess
    let wire: String
    let grpc: String
    let otlp: String
    let http: String
    private let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)

    /// - Parameter like: takes over the addresses of a collector that has ended.
    init(data: String, arguments: [String] = [], like previous: RunningCollector? = nil) async throws {
        // Ports of which it can be sure that they are still free when it comes again.
        func address(_ before: String?) throws -> String { try before ?? "127.0.0.1:\(FreePort.next())" }
        let process = try ChildProcess(
            Programs.waybill,
            [
                "collector", "--data", data, "--wire-listen", try address(previous?.wire), "--otlp-grpc-listen",
                try address(previous?.grpc), "--otlp-http-listen", try address(previous?.otlp), "--http-listen",
                try address(previous?.http),
            ] + arguments)
        try await Patience.until("the collector is ready") { process.output.contains("ready\n") || !process.isRunning }
        guard process.isRunning else { throw Unusable(description: process.errors) }
        var addresses: [String: String] = [:]
        for line in process.output.split(separator: "\n") where line.hasPrefix("listening ") {
            let words = line.split(separator: " ").map(String.init)
            if words.count == 3 { addresses[words[1]] = words[2] }
        }
        self.process = process
        wire = try #require(addresses["wire"])
        grpc = try #require(addresses["otlp-grpc"])
        otlp = try #require(addresses["otlp-http"])
        http = try #require(addresses["http"])
    }

    func get(_ path: String, accept: String = "application/json") async throws -> HTTPClient.Response {
        do {
            return try await client.get("http://\(http)\(path)", headers: ["accept": accept])
        } catch {
            let end = process.isRunning ? "" : "; the collector has ended: \(process.errors)"
            throw Unusable(description: "\(error.description)\(end)")
        }
    }

    func post(_ body: [UInt8], headers: HTTPHeaders = ["content-type": "application/x-protobuf"]) async throws
        -> HTTPClient.Response
    {
        try await client.post("http://\(otlp)/v1/traces", headers: headers, body: ByteBuffer(bytes: body))
    }

    /// The spans of a trace; none when it is not known.
    func trace(_ id: String) async throws -> [Span] {
        let response = try await get("/api/v1/traces/\(id)", accept: "application/x-protobuf")
        if response.status == 404 { return [] }
        try #require(response.status == 200)
        var decoder = OTLPTraceDecoder()
        var batch = SpanBatch()
        let outcome = try Array(response.body.readableBytesView).withUnsafeBytes {
            try decoder.decode($0, into: &batch)
        }
        #expect(outcome.rejected == 0)
        return (0..<batch.count).map { batch.span($0) }
    }

    func journey(_ transaction: String) async throws -> Journey? {
        let response = try await get("/api/v1/journeys/\(transaction)")
        if response.status == 404 { return nil }
        try #require(response.status == 200)
        return try JSONDecoder().decode(Journey.self, from: Data(response.body.readableBytesView))
    }

    /// A series of its metrics, by name and labels; `nil` where it has none such.
    func metric(_ series: String) async throws -> Double? {
        let line = try await get("/metrics").text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }

    /// Has it read its certificates, and returns when that is done: of what is counted the first may have begun before.
    func readAnew() async throws {
        let series = #"waybill_collector_reloads_total{result="applied",what="credentials"}"#
        for _ in 0..<2 {
            let before = try await metric(series) ?? 0
            process.send(SIGHUP)
            try await Patience.until("the collector has read its files") { try await self.metric(series) ?? 0 > before }
        }
    }

    func stop() async throws {
        client.closeIdle()
        process.send(SIGTERM)
        let status = try await process.end()
        #expect(status == 0, "\(process.errors)")
    }
}
