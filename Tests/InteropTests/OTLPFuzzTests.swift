import Interop
import Telemetry
import TestSupport
import Testing
import Workload

/// Any bytes are either taken or refused with a sentence; a batch that was taken can be read and written again.
@Suite struct OTLPFuzzTests {
    private func check(_ body: [UInt8], seed: UInt64) {
        var batch = SpanBatch()
        var decoder = OTLPTraceDecoder()
        do {
            let outcome = try body.withUnsafeBytes { try decoder.decode($0, into: &batch) }
            #expect(outcome.accepted == batch.count, "WAYBILL_SEED=\(seed)")
            for row in 0..<batch.count {
                #expect(batch.traceID[row].isValid && batch.spanID[row].isValid, "WAYBILL_SEED=\(seed)")
            }
            let encoded = OTLPTraceEncoder.encode(batch)
            let again = try Request.decode(encoded)
            #expect(again.batch.count == batch.count, "WAYBILL_SEED=\(seed)")
            #expect(OTLPTraceEncoder.encode(again.batch) == encoded, "WAYBILL_SEED=\(seed)")
            #expect(!OTLPJSON.traces(batch).isEmpty)
        } catch let error as OTLPError {
            #expect(!error.reason.isEmpty && (0...body.count).contains(error.offset), "WAYBILL_SEED=\(seed)")
            #expect(batch.isEmpty && batch.events.isEmpty && batch.links.isEmpty, "WAYBILL_SEED=\(seed)")
        } catch {
            Issue.record("unexpected \(error), WAYBILL_SEED=\(seed)")
        }
    }

    @Test func randomBytes() {
        for round in 0..<UInt64(3000 * Seed.soak) {
            var random = SeededRandom(seed: Seed.value &+ round)
            let count = Int(random.next() % 200)
            check((0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }, seed: Seed.value &+ round)
        }
    }

    @Test func everyTruncation() {
        var generator = SpanGenerator(seed: Seed.value)
        let body = OTLPTraceEncoder.encode(spans: generator.spans(4))
        for length in 0..<body.count { check(Array(body[..<length]), seed: Seed.value) }
    }

    @Test func flippedBits() {
        for round in 0..<UInt64(60 * Seed.soak) {
            let seed = Seed.value &+ round
            var generator = SpanGenerator(seed: seed)
            let body = OTLPTraceEncoder.encode(spans: generator.spans(3))
            for _ in 0..<40 {
                var mutated = body
                for _ in 0...generator.below(3) {
                    mutated[Int(generator.below(UInt64(body.count)))] ^= 1 << UInt8(generator.below(8))
                }
                check(mutated, seed: seed)
            }
        }
    }

    /// Splices random fields of plausible numbers and types: gets deeper than random bytes do.
    @Test func plausibleFields() {
        for round in 0..<UInt64(1500 * Seed.soak) {
            let seed = Seed.value &+ round
            var generator = SpanGenerator(seed: seed)
            check(message(&generator, depth: 0), seed: seed)
        }
    }

    private func message(_ generator: inout SpanGenerator, depth: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<generator.below(depth < 3 ? 4 : 7) {
            let number = Int(generator.below(depth < 3 ? 3 : 18)) + (depth < 3 ? 1 : 0)
            switch generator.below(12) {
            case 0: bytes += Request.varint(number << 3) + Request.varint(Int(generator.below(1 << 20)))
            case 1: bytes += Request.varint(number << 3 | 1) + [UInt8](repeating: 7, count: 8)
            case 2: bytes += Request.varint(number << 3 | 5) + [UInt8](repeating: 7, count: 4)
            case 3: bytes += Request.field(number, (0..<16).map { _ in UInt8(generator.below(256)) })
            case 4: bytes += Request.field(number, (0..<8).map { _ in UInt8(generator.below(256)) })
            default: bytes += Request.field(number, depth > 8 ? [] : message(&generator, depth: depth + 1))
            }
        }
        if depth == 3, generator.chance(2) { bytes += Request.span() }
        return bytes
    }

    @Test func lengthsBeyondTheRequest() {
        for length in [1, 127, 128, 1 << 20, 1 << 31, 1 << 32, 1 << 62] {
            check([0x0A] + Request.varint(length), seed: 0)
            check(Request.field(1, [0x12] + Request.varint(length)), seed: 0)
            check(Request.one([0x4A] + Request.varint(length)), seed: 0)
        }
        check([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], seed: 0)
    }
}
