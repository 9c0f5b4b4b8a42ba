import CZlib
import Collector
import Foundation
import Logging
import NIOCore
import NIOPosix
import Telemetry
import Testing
import Transport

func gzip(_ plain: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    precondition(
        deflateInit2_(
            &stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, zlibVersion(),
            Int32(MemoryLayout<z_stream>.size)) == Z_OK)
    defer { deflateEnd(&stream) }
    var plain = plain
    var output = [UInt8](repeating: 0, count: plain.count + plain.count / 100 + 100)
    let capacity = output.count
    plain.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { target in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(capacity)
            precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
        }
    }
    output.removeLast(Int(stream.avail_out))
    return output
}

/// A collector on free ports over a directory of its own, gone when `body` returns.
func withCollector(
    _ change: (inout CollectorConfiguration) -> Void = { _ in },
    _ body: (RunningCollector) async throws -> Void
) async throws {
    let directory = NSTemporaryDirectory() + "waybill-collector-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var configuration = CollectorConfiguration(dataDirectory: directory)
    configuration.wireListen = "127.0.0.1:0"
    configuration.otlpGRPCListen = "127.0.0.1:0"
    configuration.otlpHTTPListen = "127.0.0.1:0"
    configuration.httpListen = "127.0.0.1:0"
    change(&configuration)
    let collector = try await Collector.start(configuration, log: Logger(label: "test"))
    let running = RunningCollector(collector)
    do {
        try await body(running)
        try await collector.stop()
    } catch {
        try? await collector.stop()
        throw error
    }
}

struct RunningCollector {
    let collector: Collector
    let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)

    init(_ collector: Collector) { self.collector = collector }

    func address(_ name: String) -> String { collector.listeners.first { $0.name == name }!.address }

    func post(
        _ body: [UInt8], encoding: String? = nil, type: String = "application/x-protobuf",
        headers: [(String, String)] = []
    ) async throws -> HTTPClient.Response {
        var all: [(String, String)] = [("Content-Type", type)] + headers
        if let encoding { all.append(("Content-Encoding", encoding)) }
        return try await client.post(
            "http://\(address("otlp-http"))/v1/traces", headers: .init(all), body: ByteBuffer(bytes: body))
    }

    func get(_ path: String, headers: [(String, String)] = []) async throws -> HTTPClient.Response {
        try await client.get("http://\(address("http"))\(path)", headers: .init(headers))
    }

    /// The value of the one sample whose line starts with `series`.
    func metric(_ series: String) async throws -> Double? {
        let text = try await get("/metrics").text
        return text.split(separator: "\n").first { $0.hasPrefix(series + " ") }.flatMap {
            Double($0.dropFirst(series.count + 1))
        }
    }
}

/// A small payment: one trace, three spans, every span naming the transaction.
func payment(_ number: UInt64, transaction: String) -> [Span] {
    let trace = TraceID(high: 0xABCD, low: number + 1)
    let first = number * 16 + 1
    let start: UInt64 = 1_700_000_000_000_000_000
    return (0..<3).map { (index: UInt64) -> Span in
        let parent = index == 0 ? SpanID.none : SpanID(first + index - 1)
        let attributes = [
            Attribute("payment.transaction_id", .string(transaction)), Attribute("n", .int(Int64(index))),
        ]
        return Span(
            traceID: trace, spanID: SpanID(first + index), parentSpanID: parent, name: "step \(index)",
            kind: index == 0 ? .server : .client, startNanoseconds: start + index * 1_000,
            endNanoseconds: start + 900_000 - index * 1_000, attributes: attributes,
            resource: Resource(attributes: [Attribute("service.name", .string("payments"))]))
    }
}

func expect(_ status: Int, _ answer: HTTPClient.Response, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(answer.status == status, "answered: \(answer.text)", sourceLocation: sourceLocation)
}

func expectMetric(_ expected: Double, _ value: Double?, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(value == expected, sourceLocation: sourceLocation)
}
