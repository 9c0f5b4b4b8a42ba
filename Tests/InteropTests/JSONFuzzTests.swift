import Interop
import Telemetry
import TestSupport
import Testing
import Workload

/// Any bytes are either taken or refused with a sentence; what was taken can be written and read again.
@Suite struct JSONFuzzTests {
    private typealias Decode = @Sendable ([UInt8], inout SpanBatch) throws -> OTLPDecodeOutcome

    private static let decoders: [Decode] = [
        { body, batch in try body.withUnsafeBytes { try OTLPTraceJSONDecoder().decode($0, into: &batch) } },
        { body, batch in try body.withUnsafeBytes { try ZipkinSpanDecoder().decode($0, into: &batch) } },
    ]

    private func check(_ body: [UInt8], seed: UInt64) {
        for decode in Self.decoders {
            var batch = SpanBatch()
            do {
                let outcome = try decode(body, &batch)
                #expect(outcome.accepted == batch.count, "WAYBILL_SEED=\(seed)")
                #expect((outcome.rejected > 0) == (outcome.firstRejection != nil), "WAYBILL_SEED=\(seed)")
                for row in 0..<batch.count {
                    #expect(batch.traceID[row].isValid && batch.spanID[row].isValid, "WAYBILL_SEED=\(seed)")
                }
                // Equal resources that were written in two ways are one in protobuf, so spans are compared, not bytes.
                let again = try Request.decode(OTLPTraceEncoder.encode(batch)).spans
                let spans = (0..<batch.count).map { batch.span($0) }
                #expect(again.count == spans.count && Set(again) == Set(spans), "WAYBILL_SEED=\(seed)")
            } catch let error as OTLPError {
                #expect(!error.reason.isEmpty && (0...body.count).contains(error.offset), "WAYBILL_SEED=\(seed)")
                #expect(batch.isEmpty && batch.events.isEmpty && batch.links.isEmpty, "WAYBILL_SEED=\(seed)")
            } catch {
                Issue.record("unexpected \(error), WAYBILL_SEED=\(seed)")
            }
        }
    }

    @Test func randomBytes() {
        for round in 0..<UInt64(2000 * Seed.soak) {
            var random = SeededRandom(seed: Seed.value &+ round)
            let count = Int(random.next() % 200)
            check((0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }, seed: Seed.value &+ round)
        }
    }

    @Test func everyTruncation() {
        var generator = SpanGenerator(seed: Seed.value)
        for body in [OTLPJSON.traces(generator.spans(2)), ZipkinSample.spans(&generator)] {
            for length in 0..<min(body.count, 8000) { check(Array(body[..<length]), seed: Seed.value) }
        }
    }

    /// Flips bits, and moves pieces of the document about: most of what comes out is nearly JSON.
    @Test func mutations() {
        let tokens = [
            "{", "}", "[", "]", ",", ":", "null", "true", "\"", "\\u", "1e3", "-", "{\"", "\":", "\u{0}", "é",
        ]
        for round in 0..<UInt64(60 * Seed.soak) {
            let seed = Seed.value &+ round
            var generator = SpanGenerator(seed: seed)
            let body = generator.chance(2) ? OTLPJSON.traces(generator.spans(3)) : ZipkinSample.spans(&generator)
            for _ in 0..<30 {
                var mutated = body
                for _ in 0...generator.below(3) {
                    let place = Int(generator.below(UInt64(mutated.count)))
                    switch generator.below(4) {
                    case 0: mutated[place] ^= 1 << UInt8(generator.below(8))
                    case 1:
                        mutated.insert(contentsOf: tokens[Int(generator.below(UInt64(tokens.count)))].utf8, at: place)
                    case 2:
                        let end = min(mutated.count, place + Int(generator.below(60)))
                        mutated.removeSubrange(place..<end)
                    default:
                        let end = min(mutated.count, place + Int(generator.below(200)))
                        let piece = Array(mutated[place..<end])
                        mutated.insert(contentsOf: piece, at: Int(generator.below(UInt64(mutated.count))))
                    }
                    if mutated.isEmpty { break }
                }
                check(mutated, seed: seed)
            }
        }
    }
}
