import Collector
import Foundation
import Interop
import NIOCore
import Telemetry
import Testing
import Transport

/// The doors of the OTLP/HTTP listener besides protobuf traces.
@Suite struct ReceiverServiceTests {
    @Test func tracesInJSONAreFindableAtOnce() async throws {
        try await withCollector { collector in
            let spans = payment(21, transaction: "PAY-J1")
            let body = OTLPJSON.traces(spans)
            for type in ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"] {
                let answer = try await collector.post(body, type: type)
                #expect(answer.status == 200 && answer.text == "{}")
                #expect(answer.headers.first(name: "Content-Type") == "application/json")
            }
            expect(200, try await collector.post(gzip(body), encoding: "gzip", type: "application/json"))
            #expect(Set(try await collector.spans(of: spans[0].traceID)) == Set(spans))
            expect(200, try await collector.get("/api/v1/journeys/PAY-J1"))
        }
    }

    @Test func answersAreInTheRequestsEncoding() async throws {
        try await withCollector { collector in
            var spans = payment(22, transaction: "PAY-J2")
            let body = OTLPJSON.traces(spans)
            let torn = try await collector.post(Array(body.dropLast(3)), type: "application/json")
            #expect(torn.status == 400 && torn.text.hasPrefix(#"{"code":3,"message":"resourceSpans[0]"#))
            #expect(torn.headers.first(name: "Content-Type") == "application/json")
            spans[2].spanID = .none
            let partial = try await collector.post(OTLPJSON.traces(spans), type: "application/json")
            #expect(partial.status == 200)
            #expect(partial.text.contains(#""rejectedSpans":"1""#) && partial.text.contains("spans[2]"))
            let binary = try await collector.post(Array(body.dropLast(3)))
            #expect(binary.status == 400)
            #expect(binary.headers.first(name: "Content-Type") == "application/x-protobuf")
            let coding = try await collector.post(body, encoding: "br", type: "application/json")
            #expect(coding.status == 415 && coding.text.hasPrefix("{"))
            expect(415, try await collector.post(body, type: "text/plain"))
        }
    }

    @Test func zipkinSpansAreTaken() async throws {
        try await withCollector { collector in
            let span = { (id: Int, parent: String) in
                #"{"traceId":"5982fe77008310cc80f1da5e10147517","id":"\#(id)",\#(parent)"name":"pay","kind":"CLIENT","#
                    + #""timestamp":1458702548467000,"duration":10,"localEndpoint":{"serviceName":"shop"},"#
                    + #""tags":{"payment.transaction_id":"PAY-Z1"}}"#
            }
            let body = Array("[\(span(1, "")),\(span(2, #""parentId":"1","#))]".utf8)
            for type in ["application/json", "application/json; charset=utf-8"] {
                let answer = try await collector.send(body, to: "/api/v2/spans", type: type)
                #expect(answer.status == 202 && answer.body.readableBytes == 0)
            }
            let zipped = try await collector.send(
                gzip(body), to: "/api/v2/spans", type: "application/json", encoding: "gzip")
            #expect(zipped.status == 202)
            let stored = try await collector.spans(
                of: TraceID(high: 0x5982_fe77_0083_10cc, low: 0x80f1_da5e_1014_7517))
            #expect(stored.map(\.name) == ["pay", "pay"] && stored.allSatisfy { $0.resource.serviceName == "shop" })
            expect(200, try await collector.get("/api/v1/journeys/PAY-Z1"))
            expectMetric(6, try await collector.metric(#"waybill_collector_spans_accepted_total{door="zipkin"}"#))
        }
    }

    @Test func zipkinRefusalsAreSentences() async throws {
        try await withCollector { collector in
            let send = { (text: String) in
                try await collector.send(Array(text.utf8), to: "/api/v2/spans", type: "application/json")
            }
            let rubbish = try await send(#"[{"traceId":7}]"#)
            #expect(rubbish.status == 400 && rubbish.text.hasPrefix("[0].traceId, at byte 12: a string was expected"))
            let none = try await send(#"[{"traceId":"1"}]"#)
            #expect(none.status == 400 && none.text.contains("1 of 1 spans were left out"))
            let some = try await send(#"[{"traceId":"1"},{"traceId":"1","id":"1"}]"#)
            #expect(some.status == 202 && some.text.contains("1 of 2 spans were left out"))
            expect(202, try await send("[]"))
            let thrift = try await collector.send([], to: "/api/v2/spans", type: "application/x-thrift")
            #expect(thrift.status == 415 && thrift.text.contains("application/json"))
        }
    }

    /// A gauge with one point, 7.
    private let gauge = #"""
        {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
        "scopeMetrics":[{"metrics":[{"name":"shelf.weight","gauge":{"dataPoints":[{"asInt":"7","timeUnixNano":1}]}}]}]}]}
        """#

    @Test func metricsAreTakenInBothEncodings() async throws {
        try await withCollector { collector in
            let json = try await collector.send(Array(gauge.utf8), to: "/v1/metrics", type: "application/json")
            #expect(json.status == 200 && json.text == "{}")
            #expect(try await collector.get("/metrics/mesh").text.contains("shelf_weight"))
            // ResourceMetrics{ScopeMetrics{Metric{name: "m", gauge{point{time_unix_nano: 1, as_int: 1}}}}}
            let body = Hex.bytes("0a1d121b12190a016d2a140a12190100000000000000310100000000000000")!
            for encoding in [nil, "gzip"] {
                let answer = try await collector.send(
                    encoding == nil ? body : gzip(body), to: "/v1/metrics", type: "application/x-protobuf",
                    encoding: encoding)
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.headers.first(name: "Content-Type") == "application/x-protobuf")
            }
            #expect(try await collector.get("/metrics/mesh").text.contains("# TYPE m gauge"))
        }
    }

    @Test func metricsThatCannotBeUsedAreNamed() async throws {
        try await withCollector({ $0.limits.requestPoints = 2 }) { collector in
            let send = { (text: String) in
                try await collector.send(Array(text.utf8), to: "/v1/metrics", type: "application/json")
            }
            let point = #"{"asInt":"7","timeUnixNano":1}"#
            let partial = try await send(gauge.replacing(point, with: "\(point),{}"))
            #expect(partial.status == 200 && partial.text.contains(#""rejectedDataPoints":"1""#))
            #expect(partial.text.contains("gauge.dataPoints[1], at byte"))
            let many = try await send(gauge.replacing(point, with: "\(point),\(point),\(point)"))
            #expect(many.status == 413 && many.text.contains("requestPoints"))
            let torn = try await send(String(gauge.dropLast(4)))
            #expect(torn.status == 400 && torn.text.contains(#""code":3"#))
            expect(415, try await collector.send([], to: "/v1/metrics", type: "text/plain"))
        }
    }

    @Test func logsAreRefusedClearly() async throws {
        try await withCollector { collector in
            let answer = try await collector.send(Array("{}".utf8), to: "/v1/logs", type: "application/json")
            #expect(
                answer.status == 404 && answer.text.contains(#""code":12"#) && answer.text.contains("not logs")
            )
            expect(404, try await collector.send([], to: "/v1/logs", type: "application/x-protobuf"))
            expect(404, try await collector.send([], to: "/api/v1/spans", type: "application/json"))
        }
    }
}

extension RunningCollector {
    func send(
        _ body: [UInt8], to path: String, type: String, encoding: String? = nil
    ) async throws -> HTTPClient.Response {
        var headers: [(String, String)] = [("Content-Type", type)]
        if let encoding { headers.append(("Content-Encoding", encoding)) }
        return try await client.post(
            "http://\(address("otlp-http"))\(path)", headers: .init(headers), body: ByteBuffer(bytes: body))
    }

    /// What the query API has of a trace.
    func spans(of trace: TraceID) async throws -> [Span] {
        let answer = try await get("/api/v1/traces/\(trace)", headers: [("Accept", "application/x-protobuf")])
        expect(200, answer)
        var batch = SpanBatch()
        var decoder = OTLPTraceDecoder()
        _ = try answer.body.withUnsafeReadableBytes { bytes in try decoder.decode(bytes, into: &batch) }
        return (0..<batch.count).map { batch.span($0) }
    }
}
