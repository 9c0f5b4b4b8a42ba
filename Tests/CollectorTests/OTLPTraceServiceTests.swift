import Collector
import Foundation
import Interop
import NIOCore
import NIOPosix
import Telemetry
import Testing
import Transport

@Suite struct OTLPTraceServiceTests {
    @Test func whatIsAcknowledgedIsFindableAtOnce() async throws {
        try await withCollector { collector in
            let spans = payment(1, transaction: "PAY-1")
            let answer = try await collector.post(OTLPTraceEncoder.encode(spans: spans))
            #expect(answer.status == 200)
            #expect(answer.body.readableBytes == 0, "full success is an empty response")

            let trace = try await collector.get(
                "/api/v1/traces/\(spans[0].traceID)", headers: [("Accept", "application/x-protobuf")])
            #expect(trace.status == 200)
            var batch = SpanBatch()
            var decoder = OTLPTraceDecoder()
            _ = try trace.body.withUnsafeReadableBytes { bytes in try decoder.decode(bytes, into: &batch) }
            #expect(Set((0..<batch.count).map { batch.span($0) }) == Set(spans))

            let journey = try await collector.get("/api/v1/journeys/PAY-1")
            #expect(journey.status == 200)
            let decoded = try JSONDecoder().decode(Journey.self, from: Data(journey.body.readableBytesView))
            #expect(decoded.summary.spans == 3)
            #expect(decoded.keys == [TransactionKey(kind: "payment", value: "PAY-1")])
        }
    }

    @Test func takesGzipAndDeflate() async throws {
        try await withCollector { collector in
            let body = OTLPTraceEncoder.encode(spans: payment(2, transaction: "PAY-2"))
            expect(200, try await collector.post(gzip(body), encoding: "gzip"))
            expect(200, try await collector.get("/api/v1/journeys/PAY-2"))
            expect(415, try await collector.post(gzip(body), encoding: "br"))
        }
    }

    @Test func sentTwiceStoredOnce() async throws {
        try await withCollector { collector in
            let spans = payment(3, transaction: "PAY-3")
            for _ in 0..<3 { expect(200, try await collector.post(OTLPTraceEncoder.encode(spans: spans))) }
            let journey = try await collector.get("/api/v1/journeys/PAY-3")
            let decoded = try JSONDecoder().decode(Journey.self, from: Data(journey.body.readableBytesView))
            #expect(decoded.summary.spans == 3)
            #expect(decoded.completeness.conflictingSpans == 0)
        }
    }

    @Test func refusesWithASentenceAndACounter() async throws {
        try await withCollector({ $0.limits.inflatedBytes = 1 << 20 }) { collector in
            let rubbish = try await collector.post(Array("this is no protobuf".utf8))
            #expect(rubbish.status == 400)
            #expect(rubbish.text.contains("byte"), "names the offset")

            let bomb = try await collector.post(gzip([UInt8](repeating: 0, count: 8 << 20)), encoding: "gzip")
            #expect(bomb.status == 413)
            #expect(bomb.text.contains("1048576"), "names the limit")

            let torn = try await collector.post(
                Array(gzip(OTLPTraceEncoder.encode(spans: payment(4, transaction: "T"))).dropLast(5)), encoding: "gzip")
            #expect(torn.status == 400)

            expect(415, try await collector.post([], type: "text/xml"))
            expect(
                405, try await collector.client.get("http://\(collector.address("otlp-http"))/v1/traces", headers: [:]))
            expect(404, try await collector.client.get("http://\(collector.address("otlp-http"))/v2/x", headers: [:]))

            expectMetric(2, try await collector.metric(#"waybill_collector_refused_total{reason="malformed"}"#))
            expectMetric(1, try await collector.metric(#"waybill_collector_refused_total{reason="inflated"}"#))

            // And a healthy sender is none the worse for it.
            let healthy = try await collector.post(OTLPTraceEncoder.encode(spans: payment(5, transaction: "PAY-5")))
            #expect(healthy.status == 200)
        }
    }

    @Test func anUnusableTransactionIDKeepsItsSpan() async throws {
        try await withCollector { collector in
            var spans = payment(6, transaction: String(repeating: "x", count: 10_240))
            spans[1].attributes[0] = Attribute("payment.transaction_id", .string("bell\u{7}"))
            expect(200, try await collector.post(OTLPTraceEncoder.encode(spans: spans)))
            expect(200, try await collector.get("/api/v1/traces/\(spans[0].traceID)"))
            expectMetric(2, try await collector.metric("waybill_store_refused_transaction_ids_total"))
            let long = try await collector.get("/api/v1/journeys/" + String(repeating: "x", count: 7_000))
            #expect(long.status == 400)
        }
    }

    @Test func partialSuccessSaysHowManyAndWhy() async throws {
        try await withCollector { collector in
            var spans = payment(7, transaction: "PAY-7")
            spans[2].spanID = .none
            let answer = try await collector.post(OTLPTraceEncoder.encode(spans: spans))
            #expect(answer.status == 200)
            #expect(answer.text.contains("span_id"), "the first reason names the field")
            expectMetric(1, try await collector.metric(#"waybill_collector_spans_rejected_total{door="otlp-http"}"#))
        }
    }

    @Test func aFullCollectorAsksToWait() async throws {
        try await withCollector({ $0.limits.requestBytesInFlight = 100 }) { collector in
            let answer = try await collector.post(OTLPTraceEncoder.encode(spans: payment(8, transaction: "PAY-8")))
            #expect(answer.status == 503)
            #expect(answer.headers.first(name: "Retry-After") != nil)
            expect(404, try await collector.get("/api/v1/journeys/PAY-8"))
        }
    }

    @Test func aBatchThatCanNeverFitIsRefusedForGood() async throws {
        try await withCollector({ $0.limits.liveBytes = 16 << 10 }) { collector in
            let spans = (0..<40).flatMap { payment($0, transaction: "BIG-\($0)") }
            expect(413, try await collector.post(OTLPTraceEncoder.encode(spans: spans)))
            expect(200, try await collector.post(OTLPTraceEncoder.encode(spans: payment(50, transaction: "SMALL"))))
        }
    }

    @Test func tooManyConnectionsAreTurnedAway() async throws {
        try await withCollector({ $0.limits.connections = 2 }) { collector in
            // This client keeps its connection.
            expect(200, try await collector.get("/healthz"))
            var clients: [HTTPClient] = []
            var turnedAway = 0
            for _ in 0..<5 {
                let client = HTTPClient(group: MultiThreadedEventLoopGroup.singleton)
                clients.append(client)
                let answer = try await client.get("http://\(collector.address("http"))/healthz")
                guard answer.status != 200 else { continue }
                expect(503, answer)
                #expect(answer.text.contains("limit connections"))
                #expect(answer.headers.first(name: "Retry-After") == "1")
                turnedAway += 1
            }
            #expect(turnedAway >= 4, "one connection more fits at most")
            let counted = try await collector.metric("waybill_collector_connections_turned_away_total")
            #expect((counted ?? 0) >= Double(turnedAway))
            for client in clients { client.closeIdle() }
        }
    }
}
