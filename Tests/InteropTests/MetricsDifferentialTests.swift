import Interop
import Telemetry
import TestSupport
import Testing

/// Compares with protobuf's own runtime.
@Suite struct MetricsDifferentialTests {
    @Test(.enabled(if: OTLPReference.isAvailable, "needs the Python package opentelemetry-proto"))
    func everyFieldOfItsRequestsIsRead() throws {
        let seed = Seed.value % 1_000_000
        let answer = try OTLPReference.run(["generate-metrics", String(seed), String(150 * Seed.soak)])
        #expect(answer.status == 0 && answer.lines.count == 150 * Seed.soak)
        for line in answer.lines {
            let outcome = try MetricsRequest.decode(try #require(Hex.bytes(line)))
            #expect(outcome.rejected == 0, "WAYBILL_SEED=\(seed) \(outcome.firstRejection ?? "")")
            #expect(Hex.string(MetricsWriter.write(outcome.metrics)) == line, "WAYBILL_SEED=\(seed)")
        }
    }
}
