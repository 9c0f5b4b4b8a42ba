import Telemetry
import Testing
import Wire

/// Sends batches through one encoder and one decoder, as one connection does.
struct Loop: ~Copyable {
    var encoder: FrameEncoder
    var decoder: FrameDecoder

    init(limits: WireLimits = WireLimits(), compression: Bool = true) throws {
        encoder = FrameEncoder(limits: limits, compression: compression)
        decoder = FrameDecoder(limits: limits)
        encoder.preamble()
        _ = try read(encoder.take())
    }

    /// Every frame in `bytes`.
    mutating func read(_ bytes: [UInt8]) throws -> [FrameDecoder.Frame] {
        var frames: [FrameDecoder.Frame] = []
        try bytes.withUnsafeBytes { raw in
            var rest = raw
            while let length = try decoder.frameLength(rest), length <= rest.count {
                if let frame = try decoder.next(UnsafeRawBufferPointer(rebasing: rest[..<length])) {
                    frames.append(frame)
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[length...])
            }
            #expect(rest.isEmpty)
        }
        return frames
    }

    mutating func roundTrip(_ batch: SpanBatch, sequence: UInt64 = 1) throws -> SpanBatch {
        try encoder.spans(batch, sequence: sequence)
        guard case .submission(let submission)? = try read(encoder.take()).last,
            case .spans(let decoded) = submission.content
        else { throw Unexpected() }
        #expect(submission.sequence == sequence)
        return decoded
    }
}

struct Unexpected: Error {}

@Suite struct BatchCodecTests {
    @Test func everythingOfASpanComesBack() throws {
        let random = SeededGenerator()
        var generator = SpanGenerator(random: random)
        for _ in 0..<rounds(20) {
            var loop = try Loop(compression: generator.random.chance(2))
            for sequence in 1...12 {
                let batch = generator.batch([0, 1, 2, 10, 60, 200][generator.random.below(6)])
                let decoded = try loop.roundTrip(batch, sequence: UInt64(sequence))
                #expect(firstDifference(batch, decoded) == nil, "seed \(random.seed), batch \(sequence)")
            }
        }
    }

    @Test func fullDictionariesAreResetAndNothingIsLost() throws {
        let random = SeededGenerator()
        var generator = SpanGenerator(random: random)
        var limits = WireLimits()
        limits.maximumDictionaryStrings = 400
        limits.maximumDictionaryShapes = 120
        var loop = try Loop(limits: limits)
        for sequence in 1...60 {
            var batch = generator.batch(40)
            for row in 0..<3 { batch.name[row] = batch.strings.intern("name \(sequence) \(row)") }
            let decoded = try loop.roundTrip(batch, sequence: UInt64(sequence))
            #expect(firstDifference(batch, decoded) == nil, "seed \(random.seed), batch \(sequence)")
        }
    }

    @Test func aBatchBeyondALimitIsRefusedAndTheNextOneGoesThrough() throws {
        var generator = SpanGenerator(random: SeededGenerator(seed: 7))
        var limits = WireLimits()
        limits.maximumSpansPerBatch = 50
        var loop = try Loop(limits: limits)
        let large = generator.batch(51)
        #expect(throws: WireError.self) { try loop.encoder.spans(large, sequence: 1) }
        let small = generator.batch(50)
        #expect(firstDifference(small, try loop.roundTrip(small, sequence: 2)) == nil)
    }

    @Test func aRunningSessionKeepsRepeatedSpansSmall() throws {
        var loop = try Loop()
        var sizes: [Int] = []
        for sequence in 1...4 {
            let spans = (0..<100).map { index in
                Span(
                    traceID: TraceID(high: UInt64(sequence), low: UInt64(index / 10)),
                    spanID: SpanID(0xAAAA_0000_0000_0000 + UInt64(sequence * 100 + index)), name: "GET /accounts",
                    kind: .server, startNanoseconds: 1_790_000_000_000_000_000 + UInt64(index) * 1_000_000,
                    endNanoseconds: 1_790_000_000_000_000_000 + UInt64(index) * 1_000_000 + 250_000,
                    attributes: (0..<15).map { Attribute("attribute.\($0)", .string("constant value \($0)")) })
            }
            try loop.encoder.spans(SpanBatch(spans), sequence: UInt64(sequence))
            sizes.append(loop.encoder.pendingBytes)
            _ = try loop.read(loop.encoder.take())
        }
        // Ids and times of a hundred spans; no attribute, name or key again.
        #expect(sizes[3] < 1_000, "\(sizes)")
        #expect(sizes[3] < sizes[0] / 2, "\(sizes)")
    }
}
