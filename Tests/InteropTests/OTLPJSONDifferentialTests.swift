import Interop
import Telemetry
import TestSupport
import Testing

/// What protobuf's own runtime writes as JSON is read as what it writes as protobuf.
@Suite struct OTLPJSONDifferentialTests {
    @Test(
        .enabled(if: OTLPReference.isAvailable, "needs the Python package opentelemetry-proto"),
        arguments: ["camel", "snake"])
    func tracesAreReadAlike(_ names: String) throws {
        let seed = Seed.value % 1_000_000
        let requests = try OTLPReference.run(["generate", String(seed), String(80 * Seed.soak)]).lines
        let answer = try OTLPReference.run(["to-json", names], input: requests)
        #expect(answer.status == 0 && answer.lines.count == requests.count)
        for (json, request) in zip(answer.lines, requests) {
            let decoded = try JSONRequest.decode(try #require(Hex.bytes(json)))
            #expect(decoded.outcome.rejected == 0, "WAYBILL_SEED=\(seed) \(decoded.outcome.firstRejection ?? "")")
            #expect(Hex.string(OTLPTraceEncoder.encode(decoded.batch)) == request, "WAYBILL_SEED=\(seed)")
        }
    }
}
