import Collector
import Foundation
import Interop
import Logging
import NIOCore
import NIOPosix
import Telemetry
import Testing
import Transport

@Suite struct OTLPGRPCServiceTests {
    private static let traces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    private static let logs = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"

    private func client(_ collector: RunningCollector) throws -> GRPCClient {
        let address = try #require(ListenAddress(collector.address("otlp-grpc")))
        return GRPCClient(host: address.host, port: address.port, group: MultiThreadedEventLoopGroup.singleton)
    }

    /// One export on a connection of its own.
    private func export(
        _ collector: RunningCollector, _ body: [UInt8], encoding: String? = nil, metadata: [(String, String)] = [],
        method: String = traces
    ) async throws -> GRPCReply {
        let client = try client(collector)
        defer { client.close() }
        return await client.call(method, body, metadata: metadata, encoding: encoding)
    }

    private func status(_ reply: GRPCReply) -> GRPCStatus {
        switch reply {
        case .message: GRPCStatus(.ok, "")
        case .status(let status): status
        }
    }

    @Test func whatIsAcknowledgedIsFindableAtOnce() async throws {
        try await withCollector { collector in
            let spans = payment(1, transaction: "PAY-1")
            guard case .message(let answer) = try await export(collector, OTLPTraceEncoder.encode(spans: spans)) else {
                Issue.record("refused")
                return
            }
            #expect(answer.isEmpty, "full success is an empty response")
            expect(200, try await collector.get("/api/v1/traces/\(spans[0].traceID)"))
            let journey = try await collector.get("/api/v1/journeys/PAY-1")
            let decoded = try JSONDecoder().decode(Journey.self, from: Data(journey.body.readableBytesView))
            #expect(decoded.summary.spans == 3)
            #expect(decoded.hops.first?.callee?.source.door == "otlp-grpc")
            expectMetric(3, try await collector.metric(#"waybill_collector_spans_accepted_total{door="otlp-grpc"}"#))
        }
    }

    @Test func compressedMessages() async throws {
        try await withCollector({ $0.limits.inflatedBytes = 1 << 20 }) { collector in
            let body = OTLPTraceEncoder.encode(spans: payment(2, transaction: "PAY-2"))
            #expect(status(try await export(collector, gzip(body), encoding: "gzip")).code == .ok)
            expect(200, try await collector.get("/api/v1/journeys/PAY-2"))
            #expect(status(try await export(collector, body, encoding: "snappy")).code == .unimplemented)
            let bomb = status(
                try await export(collector, gzip([UInt8](repeating: 0, count: 8 << 20)), encoding: "gzip"))
            #expect(bomb.code == .resourceExhausted && bomb.message.contains("limit inflatedBytes"))
            let torn = status(try await export(collector, Array(gzip(body).dropLast(5)), encoding: "gzip"))
            #expect(torn.code == .invalidArgument)
        }
    }

    @Test func partialSuccessAndBadData() async throws {
        try await withCollector { collector in
            var spans = payment(3, transaction: "PAY-3")
            spans[2].spanID = .none
            guard case .message(let answer) = try await export(collector, OTLPTraceEncoder.encode(spans: spans)) else {
                Issue.record("refused")
                return
            }
            let partial = try #require(OTLPResponse.readTraceExport(answer))
            #expect(partial.rejectedSpans == 1 && partial.message.contains("span_id"))
            let rubbish = status(try await export(collector, Array("this is no protobuf".utf8)))
            #expect(rubbish.code == .invalidArgument && rubbish.message.contains("byte"))
            #expect(rubbish.details.isEmpty, "bad data is not sent again")
            let logs = status(try await export(collector, [], method: Self.logs))
            #expect(logs.code == .unimplemented && logs.message.contains("logs"))
        }
    }

    @Test func aFullCollectorSaysWhenToComeBack() async throws {
        try await withCollector({ $0.limits.requestBytesInFlight = 100 }) { collector in
            let body = OTLPTraceEncoder.encode(spans: payment(4, transaction: "PAY-4"))
            let busy = status(try await export(collector, body))
            #expect(busy.code == .unavailable && busy.message.contains("limit requestBytesInFlight"))
            #expect(String(decoding: busy.details, as: UTF8.self).contains("google.rpc.RetryInfo"))
        }
        try await withCollector({ $0.limits.clientBytesInFlight = 100 }) { collector in
            let body = OTLPTraceEncoder.encode(spans: payment(5, transaction: "PAY-5"))
            let share = status(try await export(collector, body))
            #expect(share.code == .resourceExhausted && share.message.contains("limit clientBytesInFlight"))
            #expect(String(decoding: share.details, as: UTF8.self).contains("google.rpc.RetryInfo"))
            let http = try await collector.post(body)
            #expect(http.status == 429 && http.headers.first(name: "Retry-After") == "1")
        }
    }

    @Test func everyLimitIsNamedByTheRefusal() async throws {
        var nested = AttributeValue.int(1)
        for _ in 0..<6 { nested = .array([nested]) }
        func span(_ attributes: [Attribute]) -> [Span] {
            var span = payment(6, transaction: "P")[0]
            span.attributes = attributes
            return [span]
        }
        let cases: [(name: String, value: WritableKeyPath<CollectorConfiguration.Limits, Int>, spans: [Span])] = [
            ("requestSpans", \.requestSpans, payment(6, transaction: "P")),
            ("spanAttributes", \.spanAttributes, span((0..<3).map { Attribute("\($0)", .int(1)) })),
            ("keyBytes", \.keyBytes, span([Attribute("long", .int(1))])),
            ("nestingDepth", \.nestingDepth, span([Attribute("n", nested)])),
            ("requestBytes", \.requestBytes, payment(6, transaction: "P")),
        ]
        for (name, limit, spans) in cases {
            try await withCollector({ $0.limits[keyPath: limit] = 2 }) { collector in
                let body = OTLPTraceEncoder.encode(
                    spans: spans.map { span in
                        var plain = span
                        plain.resource = Resource()
                        return plain
                    })
                let said: String
                switch try await export(collector, body) {
                case .status(let status): said = status.message
                case .message(let answer): said = OTLPResponse.readTraceExport(answer)?.message ?? "nothing"
                }
                #expect(said.contains("limit \(name)"), "\(said)")
            }
        }
        try await withCollector({ $0.limits.valueBytes = 10 }) { collector in
            let spans = span([Attribute("k", .string("more than ten bytes"))])
            guard case .message(let answer) = try await export(collector, OTLPTraceEncoder.encode(spans: spans)) else {
                Issue.record("refused whole")
                return
            }
            #expect(OTLPResponse.readTraceExport(answer)?.message.contains("limit valueBytes") == true)
        }
    }

    @Test func tokensSayWhoseSpansTheyAre() async throws {
        let secret = "0123456789abcdef"
        try await withCollector({ $0.tokens = [AccessToken(name: "payments", secret: secret)] }) { collector in
            let body = OTLPTraceEncoder.encode(spans: payment(7, transaction: "PAY-7"))
            #expect(status(try await export(collector, body)).code == .unauthenticated)
            let wrong = try await export(collector, body, metadata: [("authorization", "Bearer 0123456789abcdeX")])
            #expect(status(wrong).code == .unauthenticated)
            let right = try await export(collector, body, metadata: [("authorization", "Bearer \(secret)")])
            #expect(status(right).code == .ok)
            let journey = try await collector.get(
                "/api/v1/journeys/PAY-7", headers: [("Authorization", "Bearer \(secret)")])
            let decoded = try JSONDecoder().decode(Journey.self, from: Data(journey.body.readableBytesView))
            #expect(decoded.hops.first?.callee?.source.principal == "payments")
        }
    }

    @Test func aStopAnswersWhatIsOnItsWay() async throws {
        let directory = NSTemporaryDirectory() + "waybill-collector-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var configuration = CollectorConfiguration(dataDirectory: directory)
        configuration.wireListen = "127.0.0.1:0"
        configuration.otlpGRPCListen = "127.0.0.1:0"
        configuration.otlpHTTPListen = "127.0.0.1:0"
        configuration.httpListen = "127.0.0.1:0"
        let collector = try await Collector.start(configuration, log: Logger(label: "test"))
        let client = try client(RunningCollector(collector))
        let replies = await withTaskGroup(of: GRPCReply.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let spans = payment(UInt64(number), transaction: "STOP-\(number)")
                    return await client.call(Self.traces, OTLPTraceEncoder.encode(spans: spans))
                }
            }
            group.addTask {
                do {
                    try await collector.stop()
                    return .message([])
                } catch {
                    return .status(GRPCStatus(.internal, "\(error)"))
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(replies.count == 201)
        for reply in replies {
            if case .status(let status) = reply { #expect(status.code == .unavailable, "\(status)") }
        }
        client.close()
    }
}
