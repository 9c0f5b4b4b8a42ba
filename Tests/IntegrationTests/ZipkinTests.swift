import Foundation
import Testing

/// Zipkin in, Zipkin out: random spans of its format come back as they were, and say the same as OTLP.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ZipkinTests {
    @Test(.enabled(if: PythonScript.canImport("opentelemetry.proto.trace.v1", "requests")))
    func spansComeBackAsTheyWere() async throws {
        let variables = ProcessInfo.processInfo.environment
        let seed = variables["WAYBILL_SEED"].flatMap(Int.init) ?? Int.random(in: 0..<1 << 31)
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(
            data: directory.file("data"), arguments: ["--seal-after-spans", "200"])
        let arguments: [String: Any] = [
            "seed": seed, "traces": variables["WAYBILL_SOAK"] == nil ? 80 : 3000, "http": collector.otlp,
            "query": collector.http,
        ]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: arguments), as: UTF8.self)
        let result = try await PythonScript.object("zipkin_round_trip.py", [text], within: 100)
        let differences = try #require(result["differences"] as? [String])
        #expect(
            differences.isEmpty,
            "\(result["count"] ?? 0) differences; WAYBILL_SEED=\(seed) repeats them:\n\(differences.joined(separator: "\n"))"
        )
        #expect(result["spans"] as? Int ?? 0 > 200)
        try await collector.stop()
    }

    /// OpenTelemetry's own exporter of Zipkin's format.
    @Test(.enabled(if: PythonScript.canImport("opentelemetry.sdk", "opentelemetry.exporter.zipkin.json")))
    func theSDKsZipkinExporterIsTaken() async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        let document = try await PythonScript.object("export.py", ["zipkin", collector.otlp, "none"])
        #expect(document["results"] as? [String] == ["SUCCESS", "SUCCESS"])
        let sent = try #require(document["spans"] as? [[String: Any]])
        let kept = try await collector.trace(try #require(sent.first?["traceID"] as? String))
        #expect(Set(kept.map(\.spanID.description)) == Set(sent.compactMap { $0["spanID"] as? String }))
        for span in kept {
            let origin = try #require(sent.first { $0["spanID"] as? String == span.spanID.description })
            #expect(span.name == origin["name"] as? String)
            #expect(span.parentSpanID.isValid == ((origin["parent"] as? String)?.isEmpty == false))
            let service = span.resource.attributes.first { $0.key == "service.name" }
            #expect(service?.value == .string("python-bank"))
        }
        #expect(try await collector.journey("PY-77")?.hops.first?.callee?.source.door == "zipkin")
        try await collector.stop()
    }
}
