import Foundation
import Interop
import Telemetry
import Testing

/// What the tests of the query APIs ask about: two payments through three services, the second of which fails.
enum BankSpans {
    static let start: UInt64 = 1_700_000_000_000_000_000
    static let first = TraceID(high: 0, low: 0xABC1)
    static let second = TraceID(high: 0xFEED, low: 2)

    static let all = payment(first, at: 0, fails: false) + payment(second, at: 5_000_000_000, fails: true)

    /// `gateway` calls `ledger`, which calls `fraud`.
    private static func payment(_ trace: TraceID, at offset: UInt64, fails: Bool) -> [Span] {
        func span(
            _ id: UInt64, _ parent: UInt64, _ service: String, _ name: String, _ kind: SpanKind, _ milliseconds: UInt64,
            _ attributes: [Attribute], _ status: Int32 = SpanStatus.unset
        ) -> Span {
            let begin = start + offset + id * 1_000_000
            return Span(
                traceID: trace, spanID: SpanID(id), parentSpanID: SpanID(parent), name: name, kind: kind,
                startNanoseconds: begin, endNanoseconds: begin + milliseconds * 1_000_000, attributes: attributes,
                events: id == 1 ? [SpanEvent(timeNanoseconds: begin + 1, name: "accepted")] : [],
                status: SpanStatus(code: status),
                resource: Resource(attributes: [
                    Attribute("service.name", .string(service)), Attribute("host.name", .string("\(service)-1")),
                ]), scope: InstrumentationScope(name: "bank"))
        }
        return [
            span(1, 0, "gateway", "POST /pay", .server, 100, [Attribute("http.status_code", .int(fails ? 500 : 200))]),
            span(2, 1, "gateway", "call ledger", .client, 90, [Attribute("peer.service", .string("ledger"))]),
            span(
                3, 2, "ledger", "debit", .server, fails ? 1500 : 80,
                [Attribute("amount", .int(1250)), Attribute("currency", .string("EUR"))],
                fails ? SpanStatus.error : SpanStatus.unset),
            span(
                4, 3, "fraud", "score", .server, 10, [Attribute("ratio", .double(0.5)), Attribute("vip", .bool(true))]),
        ]
    }
}

/// A collector that has `BankSpans.all`.
func withBank(_ body: (RunningCollector) async throws -> Void) async throws {
    try await withCollector { collector in
        expect(200, try await collector.post(OTLPTraceEncoder.encode(spans: BankSpans.all)))
        try await body(collector)
    }
}

extension RunningCollector {
    /// An answer's JSON, whatever its status.
    func json(_ path: String, headers: [(String, String)] = []) async throws -> (status: Int, value: Any) {
        let answer = try await get(path, headers: headers)
        #expect(answer.headers.first(name: "Content-Type") == "application/json", "\(path): \(answer.text)")
        return (answer.status, try JSONSerialization.jsonObject(with: Data(answer.text.utf8)))
    }

    func expectText(
        _ expected: String, at path: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await get(path)
        #expect(answer.text == expected, "\(path)", sourceLocation: sourceLocation)
    }

    func object(_ path: String) async throws -> [String: Any] {
        let (status, value) = try await json(path)
        #expect(status == 200, "\(path): \(value)")
        return try #require(value as? [String: Any])
    }
}
