import Foundation
import Testing

/// What went in comes out: random OTLP requests by each door, read back in every form, against an independent decoder.
@Suite(.serialized, .timeLimit(.minutes(3))) struct RoundTripTests {
    static let isUsable = PythonScript.canImport("opentelemetry.proto.trace.v1", "grpc", "requests")
    static let doors = ["otlp-http", "otlp-json", "otlp-grpc"]
    /// The names that `trace_readers.py` has for them.
    static let readers = ["waybill-protobuf", "waybill-json", "tempo-v2", "tempo-v1", "jaeger-v3", "jaeger", "zipkin"]

    @Test(.enabled(if: isUsable), arguments: doors)
    func equalByEveryReader(door: String) async throws {
        let variables = ProcessInfo.processInfo.environment
        let seed = variables["WAYBILL_SEED"].flatMap(Int.init) ?? Int.random(in: 0..<1 << 31)
        let directory = try TemporaryDirectory()
        // Small segments, so that some answers come from sealed ones and some from the live set.
        let collector = try await RunningCollector(
            data: directory.file("data"), arguments: ["--seal-after-spans", "100"])
        let arguments: [String: Any] = [
            "seed": seed, "requests": variables["WAYBILL_SOAK"] == nil ? 40 : 2000, "door": door,
            "http": collector.otlp, "grpc": collector.grpc, "query": collector.http, "readers": Self.readers,
        ]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: arguments), as: UTF8.self)
        let result = try await PythonScript.object("round_trip.py", [text], within: 150)
        let differences = try #require(result["differences"] as? [String])
        #expect(
            differences.isEmpty,
            "\(result["count"] ?? 0) differences; WAYBILL_SEED=\(seed) repeats them:\n\(differences.joined(separator: "\n"))"
        )
        let spans = try #require(result["spans"] as? [String: Int])
        #expect(Set(spans.keys) == Set(Self.readers) && spans.values.allSatisfy { $0 > 200 }, "\(spans)")
        try await collector.stop()
    }
}
