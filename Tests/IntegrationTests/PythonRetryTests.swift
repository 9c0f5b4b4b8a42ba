import Foundation
import Telemetry
import Testing

/// An application goes on exporting while its collector is killed and started again: what the SDK reports as exported
/// is there afterwards, once, however often it had to be sent.
@Suite(.serialized, .timeLimit(.minutes(3))) struct PythonRetryTests {
    static let isUsable = PythonSDKTests.isUsable
    static let protocols = ["http", "grpc"]

    @Test(.enabled(if: isUsable), arguments: protocols)
    func exportedMeansKeptThroughKills(protocol name: String) async throws {
        let directory = try TemporaryDirectory()
        let arguments = ["--seal-after-spans", "500"]
        var collector = try await RunningCollector(data: directory.file("data"), arguments: arguments)
        let soaks = ProcessInfo.processInfo.environment["WAYBILL_SOAK"] != nil
        let seconds = soaks ? 60.0 : 8.0
        let application = try PythonScript.start(
            "keep_exporting.py",
            [name, name == "grpc" ? collector.grpc : collector.otlp, soaks ? "60000" : "6000", "\(seconds)"])
        var deaths = 0
        // Python may take seconds to begin.
        try await Patience.until("the first spans have come") {
            let accepted = "waybill_collector_spans_accepted_total{door=\"otlp-\(name)\"}"
            return try await collector.metric(accepted) ?? 0 > 0
        }
        while application.isRunning, deaths < (soaks ? 30 : 4) {
            try await Task.sleep(for: .milliseconds(Int.random(in: 100...900)))
            try await collector.process.kill9()
            deaths += 1
            collector = try await RunningCollector(
                data: directory.file("data"), arguments: arguments, like: collector)
        }
        let status = try await application.end(within: seconds + 60)
        try #require(status == 0, "\(application.errors.suffix(2000))")
        struct Report: Decodable {
            var exported: [String: [String]]
            var failures: Int
            var retries: Int
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(application.output.utf8))
        #expect(deaths >= 3 && report.retries > 0, "it was killed while exporting: \(deaths) deaths")
        #expect(report.exported.values.reduce(0) { $0 + $1.count } > 1000, "\(report.failures) exports failed")
        for _ in 0..<2 {
            for (trace, spans) in report.exported {
                let kept = try await collector.trace(trace).map(\.spanID.description)
                #expect(Set(kept).count == kept.count, "trace \(trace) holds a span twice")
                let lost = Set(spans).subtracting(kept)
                #expect(lost.isEmpty, "exported and not kept of trace \(trace): \(lost)")
            }
            // And once more from the files alone.
            try await collector.process.kill9()
            collector = try await RunningCollector(
                data: directory.file("data"), arguments: arguments, like: collector)
        }
        try await collector.stop()
    }
}
