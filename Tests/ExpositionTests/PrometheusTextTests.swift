import Exposition
import Foundation
import Telemetry
import Testing

@Suite struct PrometheusTextTests {
    @Test func numbersAreWrittenAsPrometheusReadsThem() {
        let values: [(Double, String)] = [
            (0, "0"), (-0.0, "0"), (1, "1"), (-3, "-3"), (0.1, "0.1"), (1e15, "1000000000000000"), (1e17, "1e+17"),
            (1e300, "1e+300"),
            (123_456_789_012, "123456789012"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ]
        for (value, text) in values {
            let family = MetricFamily(
                name: "g", help: "G.", kind: .gauge, samples: [MetricSample(labels: [], value: .number(value))])
            #expect(String(decoding: PrometheusText.write([family]), as: UTF8.self).hasSuffix("\ng \(text)\n"))
        }
    }

    @Test func familiesOfOneNameAreWrittenAsOne() {
        func family(_ kind: MetricFamily.Kind, _ job: String) -> MetricFamily {
            MetricFamily(
                name: "waybill_x", help: "X.", kind: kind,
                samples: [MetricSample(labels: [.init("job", job)], value: .number(1))])
        }
        let families = [family(.gauge, "a"), family(.gauge, "b"), family(.counter, "c")]
        let text = String(decoding: PrometheusText.write(families), as: UTF8.self)
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }.count == 1)
        #expect(text.contains("job=\"a\"") && text.contains("job=\"b\"") && !text.contains("job=\"c\""))
        #expect(families.conflicts() == ["waybill_x"])
    }

    private static let promtool: String? = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// A page with every kind of metric, this process' own and accumulated ones, has nothing the linter complains about.
    @Test(.enabled(if: promtool != nil, "needs promtool (Debian package prometheus)"))
    func promtoolHasNoComplaint() throws {
        let registry = MetricRegistry(maximumSeries: 2)
        ProcessMetrics.register(in: registry, version: "1.0.0")
        registry.gauge("waybill_queue_bytes", help: "Bytes queued.", labels: [.init("q", "a\"\\\n€")]).set(1e18)
        registry.histogram("waybill_wal_sync_seconds", help: "Time of fdatasync.").observe(0.003)
        for index in 0..<5 {
            registry.counter("waybill_requests_total", help: "Requests.", labels: [.init("route", "/\(index)")])
                .increment()
        }
        let accumulator = MetricAccumulator()
        accumulator.add(registry.drainDeltas(), job: "j", instance: "i", incarnation: 1, nowNanoseconds: 0)
        let page = PrometheusText.write(registry.collect() + accumulator.collect(nowNanoseconds: 0))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.promtool))
        process.arguments = ["check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(page))
        try input.fileHandleForWriting.close()
        let complaints = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && complaints.isEmpty, "\(complaints)")
    }
}
