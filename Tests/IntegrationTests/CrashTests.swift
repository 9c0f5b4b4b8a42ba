import Foundation
import Telemetry
import Testing

/// Acknowledged means kept: whatever moment the collector dies at.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CrashTests {
    /// Trace id, and spans and transaction that were acknowledged of it.
    private func acknowledged(_ path: String) throws -> [String: (spans: Int, transaction: String)] {
        var traces: [String: (spans: Int, transaction: String)] = [:]
        let text = try String(contentsOfFile: path, encoding: .utf8)
        // A line that is not ended was cut off with its process.
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let words = line.split(separator: " ")
            let spans = try #require(words.count == 3 ? Int(words[1]) : nil, "\(line)")
            traces[String(words[0]), default: (0, String(words[2]))].spans += spans
        }
        return traces
    }

    private func check(
        _ collector: RunningCollector, _ acknowledged: [String: (spans: Int, transaction: String)], exactly: Bool
    ) async throws {
        for (trace, expected) in acknowledged {
            let spans = try await collector.trace(trace)
            let distinct = Set(spans.map(\.spanID)).count
            #expect(distinct == spans.count, "trace \(trace) holds a span twice")
            if exactly {
                #expect(spans.count == expected.spans, "trace \(trace)")
            } else {
                #expect(spans.count >= expected.spans, "trace \(trace)")
            }
        }
        for (trace, expected) in acknowledged.prefix(100) {
            let journey = try await collector.journey(expected.transaction)
            #expect(journey?.traces.contains { $0.traceID == trace } == true, "transaction \(expected.transaction)")
        }
    }

    /// One exporter goes on through a dozen deaths of its collector and resumes each time where it was.
    @Test func killedAgainAndAgainUnderLoadOverTheWire() async throws {
        let directory = try TemporaryDirectory()
        let record = directory.file("acknowledged")
        var random = SystemRandomNumberGenerator()
        var collector = try await RunningCollector(
            data: directory.file("data"), arguments: ["--seal-after-spans", "20000"])
        let load = try ChildProcess(
            Programs.waybill,
            [
                "load", "--wire", collector.wire, "--spans", "120000", "--rate", "12000", "--batch", "250",
                "--concurrency", "2", "--acknowledged", record, "--timeout", "60", "--json",
            ])
        var deaths = 0
        while load.isRunning, deaths < 12 {
            try await Task.sleep(for: .milliseconds(Int.random(in: 50...1200, using: &random)))
            try await collector.process.kill9()
            deaths += 1
            collector = try await RunningCollector(
                data: directory.file("data"), arguments: ["--seal-after-spans", "20000"], like: collector)
        }
        #expect(try await load.end(within: 120) == 0, "\(load.errors)")
        #expect(deaths >= 5)
        let record2 = try acknowledged(record)
        #expect(record2.values.reduce(0) { $0 + $1.spans } == 120_000)
        try await check(collector, record2, exactly: true)
        // And once more from the files alone.
        try await collector.process.kill9()
        collector = try await RunningCollector(data: directory.file("data"), like: collector)
        try await check(collector, record2, exactly: true)
        try await collector.stop()
    }

    /// Both die: what the exporter wrote down as acknowledged is there.
    @Test(arguments: ["wire", "otlp"])
    func exporterAndCollectorKilledTogether(door: String) async throws {
        let directory = try TemporaryDirectory()
        var collector = try await RunningCollector(
            data: directory.file("data"), arguments: ["--seal-after-spans", "10000"])
        for round in 0..<4 {
            let record = directory.file("acknowledged-\(round)")
            let target = door == "wire" ? ["--wire", collector.wire] : ["--otlp-http", "http://\(collector.otlp)"]
            let load = try ChildProcess(
                Programs.waybill,
                ["load"] + target + [
                    "--spans", "1000000", "--batch", "200", "--concurrency", "3", "--acknowledged", record,
                ])
            try await Task.sleep(for: .milliseconds(Int.random(in: 300...1500)))
            collector.process.send(SIGKILL)
            load.send(SIGKILL)
            try await collector.process.end()
            try await load.end()
            collector = try await RunningCollector(data: directory.file("data"), like: collector)
            let traces = try acknowledged(record)
            #expect(!traces.isEmpty, "nothing was acknowledged: \(load.errors)")
            try await check(collector, Dictionary(uniqueKeysWithValues: traces.prefix(2000)), exactly: false)
        }
        try await collector.stop()
    }
}

extension Dictionary {
    fileprivate init(uniqueKeysWithValues prefix: Slice<Dictionary>) {
        self.init(uniqueKeysWithValues: prefix.map { ($0.key, $0.value) })
    }
}
