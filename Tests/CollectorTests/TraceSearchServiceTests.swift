import Collector
import Foundation
import Interop
import Telemetry
import Testing

/// TraceQL over HTTP.
@Suite struct TraceSearchServiceTests {
    private struct Answer: Decodable {
        struct Trace: Decodable {
            struct SpanSet: Decodable {
                struct Span: Decodable {
                    struct Named: Decodable { var key: String }

                    var operation: String
                    var attributes: [Named]
                }

                var matched: Int
                var spans: [Span]
            }

            var traceID: String
            var rootService: String
            var rootOperation: String
            var spans: Int
            var errors: Int
            var matched: Int
            var spanSets: [SpanSet]
        }

        var traces: [Trace]
        var partial: Bool
        var cursor: String?
    }

    private func query(_ text: String) -> String {
        let unreserved = CharacterSet.alphanumerics
        return "/api/v1/search?q=" + (text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "")
    }

    @Test func findsTracesAndPages() async throws {
        try await withCollector { collector in
            for number in 1...5 as ClosedRange<UInt64> {
                let body = OTLPTraceEncoder.encode(spans: payment(number, transaction: "PAY-\(number)"))
                expect(200, try await collector.post(body))
            }
            func search(_ text: String, _ more: String = "") async throws -> Answer {
                let answer = try await collector.get(query(text) + more)
                expect(200, answer)
                return try JSONDecoder().decode(Answer.self, from: Data(answer.text.utf8))
            }
            let all = try await search("{ }")
            #expect(all.traces.count == 5 && all.cursor == nil && !all.partial)
            #expect(all.traces.allSatisfy { $0.rootService == "payments" && $0.rootOperation == "step 0" })
            #expect(all.traces.allSatisfy { $0.spans == 3 && $0.matched == 3 && $0.errors == 0 })
            let one = try await search("{ name = `step 0` } >> { span.n = 2 && .payment.transaction_id = \"PAY-3\" }")
            #expect(one.traces.map(\.traceID) == [TraceID(high: 0xABCD, low: 4).description])
            #expect(one.traces[0].spanSets[0].spans.map(\.operation) == ["step 2"])
            #expect(one.traces[0].spanSets[0].spans[0].attributes.map(\.key) == ["n", "payment.transaction_id"])
            #expect(try await search("{ } | count() > 3").traces.isEmpty)
            #expect(try await search("{ }", "&spans=0").traces[0].spanSets[0].spans.count == 3)
            #expect(try await search("{ }", "&to=2023-11-14T22:13:19Z").traces.isEmpty)
            let first = try await search("{ }", "&limit=2")
            let cursor = try #require(first.cursor)
            let rest = try await search("{ }", "&cursor=\(cursor)")
            #expect((first.traces + rest.traces).map(\.traceID) == all.traces.map(\.traceID))
        }
    }

    @Test func refusalsNameThePlace() async throws {
        try await withCollector { collector in
            for (path, part) in [
                (query("{ name = }"), "at byte 9"), (query("{ .a =~ `[` }"), "at byte 8"), (query(""), "at byte 0"),
                (query("{ } | rate()"), "rate(…)"), (query("{ } | compare({ })"), "not supported here"),
                (query("{ }") + "&service=x", "service"), (query("{ }") + "&limit=1001", "limit"),
                (query("{ }") + "&spans=-1", "spans"), (query("{ }") + "&cursor=x", "cursor"),
                (query("{ }") + "&from=soon", "from"), (query("{ }") + "&colour=red", "colour"),
            ] {
                let answer = try await collector.get(path)
                expect(400, answer)
                #expect(answer.text.contains(part), "\(answer.text)")
            }
        }
    }
}
