import Interop
import Telemetry
import TestSupport
import Testing

/// Compares with protobuf's own runtime.
@Suite struct OTLPDifferentialTests {
    @Test(.enabled(if: OTLPReference.isAvailable, "needs the Python package opentelemetry-proto"))
    func itsRequestsComeBackByteForByte() throws {
        let seed = Seed.value % 1_000_000
        let answer = try OTLPReference.run(["generate", String(seed), String(150 * Seed.soak)])
        #expect(answer.status == 0 && answer.lines.count == 150 * Seed.soak)
        for line in answer.lines {
            let bytes = try #require(Hex.bytes(line))
            let decoded = try Request.decode(bytes)
            #expect(decoded.outcome.rejected == 0)
            #expect(Hex.string(OTLPTraceEncoder.encode(decoded.batch)) == line, "WAYBILL_SEED=\(seed)")
            #expect(Hex.string(OTLPTraceEncoder.encode(spans: decoded.spans)) == line, "WAYBILL_SEED=\(seed)")
        }
    }

    @Test(.enabled(if: OTLPReference.isAvailable, "needs the Python package opentelemetry-proto"))
    func itReadsWhatIsWrittenAndWritesTheSame() throws {
        let requests = (0..<UInt64(60 * Seed.soak)).map { round in
            var generator = SpanGenerator(seed: Seed.value &+ round)
            return Hex.string(OTLPTraceEncoder.encode(spans: generator.spans(20)))
        }
        let answer = try OTLPReference.run(["reserialize"], input: requests)
        #expect(answer.status == 0)
        #expect(answer.lines == requests, "WAYBILL_SEED=\(Seed.value)")
    }

    @Test(.enabled(if: OTLPReference.isAvailable, "needs the Python package opentelemetry-proto"))
    func itReadsTheJSON() throws {
        let seed = Seed.value % 1_000_000
        let requests = try OTLPReference.run(["generate", String(seed), String(60 * Seed.soak)]).lines
        let lines = try requests.map { line in
            let batch = try Request.decode(try #require(Hex.bytes(line))).batch
            return line + "\t" + Hex.string(OTLPJSON.traces(batch))
        }
        let answer = try OTLPReference.run(["json"], input: lines)
        #expect(answer.status == 0 && answer.lines.count == lines.count)
        #expect(
            answer.lines.allSatisfy { $0 == "ok" }, "WAYBILL_SEED=\(seed) \(answer.lines.first { $0 != "ok" } ?? "")")
    }
}
