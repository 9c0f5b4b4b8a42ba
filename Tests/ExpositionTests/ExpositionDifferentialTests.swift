import Exposition
import Telemetry
import TestSupport
import Testing

/// Pages are read by prometheus_client's parsers and by protobuf's runtime, which know nothing of this code.
@Suite struct ExpositionDifferentialTests {
    @Test(
        .enabled(if: ExpositionReference.isAvailable, "needs prometheus-client and protobuf"),
        arguments: [
            (ExpositionFormat.text, "text"), (.openMetrics, "openmetrics"), (.protobuf, "protobuf"),
        ])
    func readersFindEverySample(_ format: ExpositionFormat, _ mode: String) throws {
        for round in 0..<UInt64(6 * Seed.soak) {
            let seed = Seed.value &+ round
            var generator = FamilyGenerator(dice: Dice(seed))
            let families = generator.families()
            var page: [UInt8] = []
            format.write(families, to: &page)
            if format == .protobuf { page = Array(Hex.string(page).utf8) }
            let answer = try ExpositionReference.run(mode, page: page)
            #expect(answer.status == 0, "WAYBILL_SEED=\(seed) \(answer.lines.last ?? "")")
            let expected = ExpectedLines(format: format).lines(families).sorted()
            let found = answer.lines.sorted()
            let missing = Set(expected).subtracting(found).sorted().first ?? ""
            let excess = Set(found).subtracting(expected).sorted().first ?? ""
            #expect(found == expected, "WAYBILL_SEED=\(seed) missing: \(missing) excess: \(excess)")
        }
    }
}
