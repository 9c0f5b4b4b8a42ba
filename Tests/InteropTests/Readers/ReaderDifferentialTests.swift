import Foundation
import Interop
import Telemetry
import TestSupport
import Testing

/// What the writers for other clients write, read by protobuf's own runtime (PyPI `opentelemetry-proto`) and compared with
/// what it makes of the same spans in OTLP. `WAYBILL_PYTHON` names the interpreter.
@Suite struct ReaderDifferentialTests {
    private static let script = ReferenceScript("readers_reference.py", packages: "the package opentelemetry-proto")
    private static var isAvailable: Bool { script.isAvailable }

    private static func run(_ mode: String, input: [String] = []) throws -> (status: Int32, lines: [String]) {
        try script.run([mode], input: Array(input.map { $0 + "\n" }.joined().utf8))
    }

    private static let formats: [(name: String, write: @Sendable ([Span]) -> [UInt8])] = [
        ("jaeger", { JaegerJSON.traces([$0.map(stored)]) }), ("jaeger-v3", { JaegerV3JSON.result($0) }),
        ("zipkin", { ZipkinJSON.trace($0) }), ("tempo", { TempoTrace.protobuf($0, missing: "a part is missing") }),
        ("tempo-json", { TempoTrace.json($0, missing: "a part is missing") }),
        ("tempo-json-v1", { TempoTrace.jsonV1($0) }),
    ]

    @Test(.enabled(if: isAvailable, "needs the Python package opentelemetry-proto"))
    func everyFieldComesOutOfEveryReader() throws {
        var lines: [String] = []
        for round in 0..<UInt64(25 * Seed.soak) {
            let spans = trace(seed: Seed.value &+ round)
            let request = Hex.string(OTLPTraceEncoder.encode(spans: spans))
            for format in Self.formats {
                lines.append("\(format.name)\t\(request)\t\(Hex.string(format.write(spans)))")
            }
        }
        let answer = try Self.run("compare", input: lines)
        #expect(answer.status == 0 && answer.lines.count == lines.count)
        let differences = answer.lines.filter { $0 != "ok" }
        #expect(differences.isEmpty, "WAYBILL_SEED=\(Seed.value) \(differences.first?.prefix(1000) ?? "")")
    }

    /// A comparison that finds nothing wrong with a wrong answer is none.
    @Test(.enabled(if: isAvailable, "needs the Python package opentelemetry-proto"))
    func aChangedFieldIsADifference() throws {
        let spans = trace(seed: Seed.value)
        let request = Hex.string(OTLPTraceEncoder.encode(spans: spans))
        var changed = spans
        changed[3].name += "!"
        let lines = Self.formats.map { "\($0.name)\t\(request)\t\(Hex.string($0.write(changed)))" }
        let answer = try Self.run("compare", input: lines)
        #expect(answer.lines.count == lines.count && !answer.lines.contains("ok"), "WAYBILL_SEED=\(Seed.value)")
    }

    private static func stored(_ span: Span) -> StoredSpan {
        StoredSpan(span: span, provenance: Provenance(door: .wire, principal: "test", receivedNanoseconds: 0))
    }

    /// Spans of one trace, some with what becomes an endpoint.
    private func trace(seed: UInt64) -> [Span] {
        var generator = SpanGenerator(seed: seed)
        let id = TraceID(high: generator.chance(3) ? 0 : generator.random.next(), low: generator.random.nonZero())
        let addresses = ["10.0.0.7", "2001:db8::7", "::ffff:10.0.0.7", "256.1.1.1", "::1::", "example.org", ""]
        return generator.spans(12).map { span in
            var span = span
            span.traceID = id
            if generator.chance(2) { span.resource.attributes.append(Attribute("service.name", .string("ledger"))) }
            if generator.chance(2) {
                span.attributes.append(
                    Attribute("net.peer.ip", .string(addresses[Int(generator.below(UInt64(addresses.count)))])))
                span.attributes.append(Attribute("net.peer.port", .int(Int64(generator.below(70_000)))))
                span.attributes.append(Attribute("network.local.address", .string("192.0.2.1")))
            }
            return span
        }
    }
}
