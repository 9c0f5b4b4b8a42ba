import Collector
import Foundation
import Interop
import Telemetry
import Testing

/// Traces of very many spans are given whole, piece by piece.
@Suite struct TraceStreamTests {
    private struct Traces: Decodable {
        struct Resource: Decodable {
            struct Scope: Decodable {
                struct Span: Decodable, Hashable {
                    var spanId: String
                    var name: String
                    var startTimeUnixNano: String
                }

                var spans: [Span]
            }

            var scopeSpans: [Scope]
        }

        var resourceSpans: [Resource]

        var spans: [Resource.Scope.Span] { resourceSpans.flatMap(\.scopeSpans).flatMap(\.spans) }
    }

    private static let count = 25_000

    /// One trace, sealed but for its end, and some of it sent twice.
    private func fill(_ collector: RunningCollector) async throws -> TraceID {
        let trace = TraceID(high: 7, low: 7)
        for first in [0, 5000, 10_000, 15_000, 5000, 20_000] {
            let spans = (first..<first + 5000).map { number in
                Span(
                    traceID: trace, spanID: SpanID(UInt64(number + 1)), parentSpanID: .none, name: "step \(number % 9)",
                    kind: .internal, startNanoseconds: 1_700_000_000_000_000_000 + UInt64(number),
                    endNanoseconds: 1_700_000_000_000_001_000 + UInt64(number),
                    attributes: [Attribute("n", .int(Int64(number)))],
                    resource: Resource(attributes: [Attribute("service.name", .string("run"))]))
            }
            expect(200, try await collector.post(OTLPTraceEncoder.encode(spans: spans)))
        }
        return trace
    }

    @Test func everySpanIsThereOnce() async throws {
        try await withCollector({ $0.limits.sealAfterSpans = 8000 }) { collector in
            let trace = try await fill(collector)
            let answer = try await collector.get("/api/v1/traces/\(trace)")
            expect(200, answer)
            #expect(answer.headers.first(name: "Transfer-Encoding") == "chunked")
            #expect(answer.headers.first(name: "Content-Type") == "application/json")
            let spans = try JSONDecoder().decode(Traces.self, from: Data(answer.body.readableBytesView)).spans
            #expect(spans.count == Self.count)
            let expected = (0..<Self.count).map { number in
                Traces.Resource.Scope.Span(
                    spanId: SpanID(UInt64(number + 1)).description, name: "step \(number % 9)",
                    startTimeUnixNano: "\(1_700_000_000_000_000_000 + number)")
            }
            #expect(Set(spans) == Set(expected))
            let binary = try await collector.get(
                "/api/v1/traces/\(trace)", headers: [("Accept", "application/x-protobuf")])
            #expect(binary.headers.first(name: "Content-Type") == "application/x-protobuf")
            // As a request it is taken whole, and brings nothing new.
            let again = try await collector.post(Array(binary.body.readableBytesView))
            expect(200, again)
            let whole = try await collector.get("/api/v1/traces/\(trace)")
            let after = try JSONDecoder().decode(Traces.self, from: Data(whole.body.readableBytesView)).spans
            #expect(Set(after) == Set(expected) && after.count == Self.count)
        }
    }
}
