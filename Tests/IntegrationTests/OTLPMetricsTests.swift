import Foundation
import Testing

/// Metrics of OpenTelemetry's own SDK, through both doors, as a real Prometheus reads them.
@Suite(.serialized, .timeLimit(.minutes(3))) struct OTLPMetricsTests {
    static let isUsable = PythonScript.canImport("opentelemetry.sdk.metrics", "grpc") && RunningPrometheus.isInstalled

    private struct Sender {
        var door: String
        var temporality: String
        var service: String { "\(door)-\(temporality)" }
    }

    private let senders = ["grpc", "http"].flatMap { door in
        ["cumulative", "delta"].map { Sender(door: door, temporality: $0) }
    }

    @Test(.enabled(if: isUsable)) func whatIsSentIsScrapedFederatedAndEnds() async throws {
        let directory = try TemporaryDirectory()
        let file = directory.file("collector.yaml")
        try "limits: { metricStaleSeconds: 12 }\n".write(toFile: file, atomically: true, encoding: .utf8)
        let collector = try await RunningCollector(data: directory.file("data"), arguments: ["--config", file])
        for sender in senders {
            let address = sender.door == "grpc" ? collector.grpc : collector.otlp
            let answer = try await PythonScript.object(
                "export_metrics.py", [sender.door, address, sender.temporality, sender.service])
            let results = try #require(answer["results"] as? [String])
            #expect(results.count >= 2 && results.allSatisfy { $0 == "SUCCESS" }, "\(sender): \(results)")
        }
        for path in ["/metrics", "/metrics/mesh", "/federate?match%5B%5D=%7Bjob%3D~%22.%2B%22%7D"] {
            let page = try await collector.get(path, accept: "text/plain;version=0.0.4")
            #expect(page.status == 200)
            try await PromTool.check(page.text, directory)
        }
        let prometheus = try await RunningPrometheus(
            scrapes: """
                - job_name: mesh
                  metrics_path: /metrics/mesh
                  honor_labels: true
                  static_configs: [{targets: ['\(collector.http)']}]
                - job_name: federation
                  metrics_path: /federate
                  params: {'match[]': ['payments_booked_total']}
                  static_configs: [{targets: ['\(collector.http)']}]
                """, features: "native-histograms", directory: directory)
        try await prometheus.waitUntilScraped(targets: 2)
        for sender in senders {
            try await check(sender, prometheus)
        }
        let federated = try await prometheus.query(#"payments_booked_total{job="federation"}"#)
        #expect(federated.count == 4 && federated.allSatisfy { $0.value == 7 }, "\(federated)")
        #expect(Set(federated.map { $0.labels["exported_job"] }) == Set(senders.map { "bank/" + $0.service }))
        try await Patience.until("what is not sent any more has ended in Prometheus too") {
            try await prometheus.query(#"{__name__=~"payment.*|fx_rate|target_info"}"#).isEmpty
        }
        try await prometheus.stop()
        try await collector.stop()
    }

    private func check(_ sender: Sender, _ prometheus: RunningPrometheus) async throws {
        let labels = #"job="bank/\#(sender.service)",instance="i-1""#
        for (query, value) in [
            (#"payments_booked_total{\#(labels),currency="EUR",payment_scheme="SEPA"}"#, 7),
            ("payments_waiting{\(labels)}", 7), ("fx_rate{\(labels)}", 0.5),
            ("payment_duration_seconds_count{\(labels)}", 7),
            (#"payment_duration_seconds_bucket{\#(labels),le="5.0"}"#, 7),
            ("histogram_count(payment_size_bytes{\(labels)})", 7),
            ("histogram_sum(payment_size_bytes{\(labels)})", 29_000),
            (#"target_info{\#(labels),host_name="host-7"}"#, 1),
        ] as [(String, Double)] {
            let samples = try await prometheus.query(query)
            #expect(samples.map(\.value) == [value], "\(query)")
        }
    }
}
