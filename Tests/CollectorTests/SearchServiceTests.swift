import Collector
import Foundation
import Interop
import Telemetry
import Testing

/// Searches and listings over HTTP.
@Suite struct SearchServiceTests {
    private struct Answer: Decodable {
        struct Span: Decodable {
            var traceID: String
            var spanID: String
            var service: String
            var operation: String
            var kind: String
            var durationNanoseconds: Int
        }

        var spans: [Span]
        var partial: Bool
        var cursor: String?
    }

    @Test func findsSpansByEveryParameterAndPages() async throws {
        try await withCollector { collector in
            for number in 1...3 as ClosedRange<UInt64> {
                expect(
                    200,
                    try await collector.post(
                        OTLPTraceEncoder.encode(spans: payment(number, transaction: "PAY-\(number)"))))
            }
            func search(_ parameters: String) async throws -> Answer {
                let answer = try await collector.get("/api/v1/search?\(parameters)")
                expect(200, answer)
                return try JSONDecoder().decode(Answer.self, from: Data(answer.text.utf8))
            }
            #expect(try await search("service=payments").spans.count == 9)
            #expect(try await search("service=nobody").spans.isEmpty)
            let second = try await search("attribute=payment.transaction_id%3DPAY-2&operation=step%201")
            #expect(second.spans.map(\.operation) == ["step 1"] && !second.partial)
            #expect(second.spans.map(\.traceID) == [TraceID(high: 0xABCD, low: 3).description])
            #expect(try await search("kind=server&status=unset").spans.count == 3)
            #expect(try await search("attribute=n%3D2").spans.allSatisfy { $0.operation == "step 2" })
            #expect(try await search("minDuration=900us&maxDuration=1ms").spans.count == 3)
            #expect(try await search("to=2023-11-14T22:13:19Z").spans.isEmpty)
            // Two pages together are one long one.
            let whole = try await search("limit=9").spans.map(\.spanID)
            let first = try await search("limit=4")
            let cursor = try #require(first.cursor)
            let rest = try await search("limit=9&cursor=\(cursor)")
            #expect(first.spans.map(\.spanID) + rest.spans.map(\.spanID) == whole)
        }
    }

    @Test func refusalsNameTheParameter() async throws {
        try await withCollector { collector in
            for (query, word) in [
                ("limit=0", "limit"), ("kind=nonsense", "kind"), ("minDuration=5", "minDuration"), ("from=now", "from"),
                ("cursor=x", "cursor"), ("colour=red", "colour"), ("attribute==x", "attribute"),
            ] {
                let answer = try await collector.get("/api/v1/search?\(query)")
                #expect(answer.status == 400 && answer.text.contains(word), "\(query): \(answer.text)")
            }
            expect(400, try await collector.get("/api/v1/attributes?scope=nonsense"))
            expect(404, try await collector.get("/api/v1/services/payments/nothing"))
        }
    }

    @Test func listsWhatThereIsToSearchBy() async throws {
        try await withCollector { collector in
            expect(200, try await collector.post(OTLPTraceEncoder.encode(spans: payment(1, transaction: "PAY-1"))))
            #expect(try await collector.get("/api/v1/services").text == #"{"services":["payments"],"cut":false}"#)
            let operations = try await collector.get("/api/v1/services/payments/operations").text
            #expect(operations.contains(#"{"name":"step 0","kind":"server"}"#))
            let attributes = try await collector.get("/api/v1/attributes?scope=span").text
            #expect(attributes.contains(#"{"key":"n","scope":"span","type":"int"}"#))
            #expect(try await collector.get("/api/v1/attributes/n/values").text == #"{"values":[0,1,2],"cut":false}"#)
        }
    }
}
