import Collector
import Foundation
import Interop
import Telemetry
import Testing

/// Clients that ask for much and read nothing.
@Suite struct SlowReaderTests {
    @Test func answersThatNobodyReadsAreBounded() async throws {
        try await withCollector({ $0.limits.answerBytesInFlight = 8 << 20 }) { collector in
            // One trace whose answer is of about five megabytes.
            let trace = TraceID(high: 3, low: 3)
            let text = String(repeating: "payment ", count: 700)
            let spans = (1...900).map { number in
                Span(
                    traceID: trace, spanID: SpanID(UInt64(number)), parentSpanID: .none, name: "\(number)",
                    kind: .internal, startNanoseconds: 1_700_000_000_000_000_000,
                    endNanoseconds: 1_700_000_000_000_001_000,
                    attributes: [Attribute("text", .string("\(number) \(text)"))],
                    resource: Resource(attributes: [Attribute("service.name", .string("run"))]))
            }
            expect(200, try await collector.post(OTLPTraceEncoder.encode(spans: spans)))
            let path = "/jaeger/api/traces/\(trace)"
            let whole = try await collector.get(path)
            expect(200, whole)
            #expect(whole.body.readableBytes > 5 << 20)
            var slow: SlowSocket? = try SlowSocket(collector.address("http"))
            slow?.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(slow?.read(1000).isEmpty == false)
            let refused = try await collector.get(path)
            expect(503, refused)
            #expect(refused.text.contains("answerBytesInFlight") && refused.headers.contains(name: "Retry-After"))
            // Small answers go on, and what the client takes with it when it goes is free again.
            expect(200, try await collector.get("/api/v1/services"))
            #expect(try await collector.metric("waybill_collector_answer_bytes_in_flight") ?? 0 > 5e6)
            slow = nil
            var held = -1.0
            for _ in 0..<500 where held != 0 {
                held = try await collector.metric("waybill_collector_answer_bytes_in_flight") ?? -1
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(held == 0)
            expect(200, try await collector.get(path))
        }
    }

    @Test func aLargeAnswerComesWholeHoweverItIsRead() async throws {
        try await withCollector { collector in
            let spans = (1...400 as ClosedRange<UInt64>).flatMap { payment($0, transaction: "PAY-\($0)") }
            expect(200, try await collector.post(OTLPTraceEncoder.encode(spans: spans)))
            let path = "/api/v1/search?q=%7B%20%7D&limit=400&spans=0"
            let whole = try await collector.get(path)
            #expect(whole.body.readableBytes > 200_000)
            let socket = try SlowSocket(collector.address("http"))
            for version in ["1.1", "1.0"] {
                let keep = version == "1.0" ? "Connection: keep-alive\r\n" : ""
                socket.send("GET \(path) HTTP/\(version)\r\nHost: x\r\n\(keep)\r\n")
                let length = "Content-Length: \(whole.body.readableBytes)\r\n"
                let answer = socket.readAll { $0.suffix(2) == Array("}}".utf8) }
                let text = String(decoding: answer, as: UTF8.self)
                #expect(text.contains(length) && text.hasSuffix(whole.text.suffix(400)))
                #expect(!text.contains("chunked"))
            }
        }
    }
}
