import Foundation
import Testing

/// Google's own gRPC for Python, as a client that knows nothing of the collector.
@Suite(.serialized, .timeLimit(.minutes(2))) struct GRPCIOTests {
    static let isUsable = PythonScript.canImport("grpc", "opentelemetry.proto.collector.trace.v1.trace_service_pb2")

    @Test(.enabled(if: isUsable)) func callsOfEveryKind() async throws {
        let directory = try TemporaryDirectory()
        let collector = try await RunningCollector(data: directory.file("data"))
        let answers = try await PythonScript.object("grpc_calls.py", [collector.grpc])
        func answer(_ name: String) -> (code: String, details: String) {
            let answer = answers[name] as? [String: Any]
            return (answer?["code"] as? String ?? "none", answer?["details"] as? String ?? "")
        }
        for name in ["plain", "metadata", "gzip", "deflate", "deadline", "empty", "after silence"] {
            #expect(answer(name).code == "OK", "\(name): \(answer(name))")
        }
        #expect(answer("passed").code == "DEADLINE_EXCEEDED")
        #expect(answer("rubbish").code == "INVALID_ARGUMENT" && answer("rubbish").details.contains("byte"))
        #expect(answer("large").code == "RESOURCE_EXHAUSTED")
        #expect(answer("large").details.contains("limit requestBytes"))
        #expect(answer("unknown").code == "UNIMPLEMENTED")
        #expect(answer("logs").code == "UNIMPLEMENTED" && answer("logs").details.contains("logs"))
        #expect(answers["many"] as? [String] == Array(repeating: "OK", count: 100))
        for (trace, spans) in [(1, 3), (2, 3), (3, 200), (4, 200), (5, 3), (7, 0), (8, 3), (100, 10), (199, 10)] {
            let id = String(repeating: "0", count: 32 - String(trace, radix: 16).count) + String(trace, radix: 16)
            #expect(try await collector.trace(id).count == spans, "trace \(trace)")
        }
        try await collector.stop()
    }
}
