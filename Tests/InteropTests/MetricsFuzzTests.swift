import Interop
import Telemetry
import TestSupport
import Testing
import Workload

/// Any bytes are either taken or refused with a sentence, in bounded memory; what was taken can be written and read again.
@Suite struct MetricsFuzzTests {
    private static let limits = OTLPMetricsLimits(maximumMemoryBytes: 1 << 20)

    private func check(_ body: [UInt8], seed: UInt64) {
        for isJSON in [false, true] {
            do {
                let outcome = try body.withUnsafeBytes {
                    isJSON
                        ? try OTLPMetricsJSONDecoder(limits: Self.limits).decode($0)
                        : try OTLPMetricsDecoder(limits: Self.limits).decode($0)
                }
                #expect(outcome.accepted == outcome.metrics.pointCount, "WAYBILL_SEED=\(seed)")
                #expect((outcome.rejected > 0) == (outcome.firstRejection != nil), "WAYBILL_SEED=\(seed)")
                #expect(outcome.memoryBytes <= Self.limits.maximumMemoryBytes, "WAYBILL_SEED=\(seed)")
                let written = MetricsWriter.write(outcome.metrics)
                let again = try MetricsRequest.decode(written)
                #expect(MetricsWriter.write(again.metrics) == written, "WAYBILL_SEED=\(seed)")
            } catch let error as OTLPError {
                #expect(!error.reason.isEmpty && (0...body.count).contains(error.offset), "WAYBILL_SEED=\(seed)")
            } catch {
                Issue.record("unexpected \(error), WAYBILL_SEED=\(seed)")
            }
        }
    }

    /// Splices random fields of plausible numbers and types.
    private func message(_ generator: inout SpanGenerator, depth: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<(1 + generator.below(5)) {
            let number = [1, 2, 1, 5, 7, 9, 10, 11, 1, 2, 3, 4, 6, 8, 14][
                Int(generator.below(depth < 2 ? 3 : depth == 2 ? 8 : 15))]
            switch generator.below(depth < 4 ? 12 : 6) {
            case 0: bytes += Request.varint(number << 3) + Request.varint(Int(generator.below(4)))
            case 1: bytes += Request.varint(number << 3 | 1) + [UInt8](repeating: UInt8(generator.below(3)), count: 8)
            case 2: bytes += Request.field(number, (0..<generator.below(17)).map { _ in UInt8(generator.below(256)) })
            default: bytes += Request.field(number, depth > 9 ? [] : message(&generator, depth: depth + 1))
            }
        }
        return bytes
    }

    @Test func plausibleFields() {
        for round in 0..<UInt64(3000 * Seed.soak) {
            let seed = Seed.value &+ round
            var generator = SpanGenerator(seed: seed)
            check(message(&generator, depth: 0), seed: seed)
        }
    }

    @Test func randomBytes() {
        for round in 0..<UInt64(1000 * Seed.soak) {
            var random = SeededRandom(seed: Seed.value &+ round)
            let count = Int(random.next() % 200)
            check((0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }, seed: Seed.value &+ round)
        }
    }

    @Test(.enabled(if: OTLPReference.isAvailable, "needs the Python package opentelemetry-proto"))
    func mutations() throws {
        let seed = Seed.value % 1_000_000
        let protobuf = try OTLPReference.run(["generate-metrics", String(seed), "12"]).lines
        let json = try OTLPReference.run(["metrics-to-json", "camel"], input: protobuf).lines
        var generator = SpanGenerator(seed: seed)
        for line in protobuf + json {
            let body = try #require(Hex.bytes(line))
            for _ in 0..<(20 * Seed.soak) {
                var mutated = body
                for _ in 0...generator.below(3) {
                    let place = Int(generator.below(UInt64(mutated.count)))
                    switch generator.below(3) {
                    case 0: mutated[place] ^= 1 << UInt8(generator.below(8))
                    case 1: mutated.removeSubrange(place..<min(mutated.count, place + Int(generator.below(9))))
                    default: mutated.insert(contentsOf: mutated[place..<min(mutated.count, place + 30)], at: place)
                    }
                    if mutated.isEmpty { break }
                }
                check(mutated, seed: seed)
            }
            for length in stride(from: 0, to: body.count, by: 1 + body.count / 50) {
                check(Array(body[..<length]), seed: seed)
            }
        }
    }
}
