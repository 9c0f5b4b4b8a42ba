import Foundation
import Testing

/// `waybill load` through every door: what it says was acknowledged is there.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LoadTests {
    @Test(arguments: [("wire", "--wire"), ("otlp-http", "--otlp-http"), ("otlp-grpc", "--otlp-grpc")])
    func whatIsAcknowledgedIsThere(door: String, option: String) async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        let address = ["wire": collector.wire, "otlp-http": collector.otlp, "otlp-grpc": collector.grpc][door]!
        let file = directory.file("acknowledged")
        let load = try await ChildProcess.run(
            Programs.waybill,
            [
                "load", "--protocol", door, option, address, "--spans", "5000", "--batch", "200", "--acknowledged",
                file, "--json",
            ])
        #expect(load.status == 0, "\(load.errors)")
        #expect(load.output.contains(#""spansAcknowledged":5000"#), "\(load.output)")
        var spans: [String: Int] = [:]
        var transactions: Set<String> = []
        for line in try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            spans[words[0], default: 0] += try #require(Int(words[1]))
            if words.count > 2 { transactions.insert(words[2]) }
        }
        #expect(spans.values.reduce(0, +) == 5000)
        for (trace, count) in spans.prefix(50) { #expect(try await collector.trace(trace).count == count) }
        for transaction in transactions.prefix(20) { #expect(try await collector.journey(transaction) != nil) }
        let page = try await collector.get("/metrics", accept: "text/plain").text
        #expect(page.contains(#"waybill_collector_spans_accepted_total{door="\#(door)"} 5000"#))
        try await collector.stop()
    }
}
