import Foundation
import Interop
import NIOCore
import Telemetry
import Testing
import Transport

/// What Prometheus scrapes, over HTTP.
@Suite struct MetricRoutesTests {
    private static let protobuf =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
        + "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2"

    private func payments(_ collector: RunningCollector) async throws {
        for number in 0..<3 as Range<UInt64> {
            let spans = payment(number, transaction: "PAY-\(number)")
            expect(200, try await collector.post(OTLPTraceEncoder.encode(spans: spans)))
        }
    }

    @Test func everyPageComesInEveryFormat() async throws {
        try await withCollector { collector in
            try await payments(collector)
            for path in ["/metrics", "/metrics/mesh", "/federate?match[]=%7Bjob%3D~%22.%2B%22%7D"] {
                let text = try await collector.get(path)
                #expect(text.status == 200, "\(path): \(text.text.prefix(200))")
                #expect(text.headers["Content-Type"] == ["text/plain; version=0.0.4; charset=utf-8"])
                #expect(text.text.contains("# TYPE "))
                let open = try await collector.get(
                    path, headers: [("Accept", "application/openmetrics-text;version=1.0.0")])
                #expect(open.headers["Content-Type"] == ["application/openmetrics-text; version=1.0.0; charset=utf-8"])
                #expect(open.text.hasSuffix("# EOF\n"))
                let binary = try await collector.get(path, headers: [("Accept", Self.protobuf)])
                #expect(binary.headers["Content-Type"].first?.hasPrefix("application/vnd.google.protobuf") == true)
                let packed = try await collector.get(path, headers: [("Accept-Encoding", "gzip")])
                #expect(packed.headers["Content-Encoding"] == ["gzip"])
                #expect(packed.body.readableBytes < text.body.readableBytes)
            }
        }
    }

    @Test func spansAreCountedWithExemplarsOfTheirTransactions() async throws {
        try await withCollector { collector in
            try await payments(collector)
            let page = try await collector.get("/metrics/mesh", headers: [("Accept", "application/openmetrics-text")])
            let calls = page.text.split(separator: "\n").first {
                $0.hasPrefix("traces_spanmetrics_calls_total{service=\"payments\",span_kind=\"SPAN_KIND_SERVER\"")
            }
            #expect(calls?.contains("span_name=\"step 0\",status_code=\"STATUS_CODE_UNSET\"} 3 ") == true)
            #expect(calls?.contains("transaction_id=\"PAY-") == true)
            #expect(
                page.text.contains(
                    #"traces_service_graph_request_total{client="user",connection_type="virtual_node",server="payments"} 3"#
                ))
            // The collector's own are on their own page.
            #expect(!page.text.contains("process_cpu_seconds"))
            #expect(try await collector.get("/metrics").text.contains("process_cpu_seconds_total"))
            #expect(!(try await collector.get("/metrics").text.contains("traces_spanmetrics")))
        }
    }

    @Test func federationSelects() async throws {
        try await withCollector { collector in
            try await payments(collector)
            func page(_ selectors: String...) async throws -> HTTPClient.Response {
                let query = selectors.map {
                    "match[]=" + ($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
                }
                return try await collector.get("/federate?" + query.joined(separator: "&"))
            }
            func lines(_ answer: HTTPClient.Response) -> [String] {
                answer.text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
            }
            let one = lines(try await page("traces_spanmetrics_calls_total{span_name=\"step 1\"}"))
            #expect(one.count == 1 && one.first?.hasSuffix(" 3") == true)
            let own = lines(try await page("{__name__=~\"process_.*\",job=\"waybill-collector\"}"))
            #expect(own.contains { $0.hasPrefix("process_open_fds{job=\"waybill-collector\"}") })
            let both = lines(try await page("process_open_fds", "traces_spanmetrics_latency_count"))
            #expect(both.count == 4)
            expect(400, try await collector.get("/federate"))
            let wrong = try await page("up{job=}")
            expect(400, wrong)
            #expect(wrong.text.contains("at character 8"))
        }
    }
}
