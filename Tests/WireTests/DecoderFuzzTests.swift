import Telemetry
import Testing
import Wire

@Suite struct DecoderFuzzTests {
    private func frames(_ generator: inout SpanGenerator) throws -> [[UInt8]] {
        var encoder = FrameEncoder(limits: WireLimits(), compression: false)
        return try (1...4).map { sequence in
            try encoder.spans(generator.batch(30), sequence: UInt64(sequence))
            return encoder.take()
        }
    }

    /// Reads a session's frames with `body` put in the place of the last payload under a right checksum.
    private func decode(_ frames: [[UInt8]], last payload: [UInt8]) throws {
        var loop = try Loop()
        for frame in frames.dropLast() { _ = try loop.read(frame) }
        _ = try loop.read(sealed(type: .spans, payload: payload))
    }

    @Test func flippedBitsAndCutPayloadsGiveErrorsAndNothingWorse() throws {
        let random = SeededGenerator()
        var generator = SpanGenerator(random: random)
        var refused = 0
        var taken = 0
        for round in 0..<rounds(60) {
            let session = try frames(&generator)
            for _ in 0..<20 {
                var payload = Array((session.last ?? [])[12...])
                if generator.random.chance(3) {
                    payload.removeLast(1 + generator.random.below(payload.count - 1))
                } else {
                    for _ in 0...generator.random.below(3) {
                        payload[generator.random.below(payload.count)] ^= 1 << UInt8(generator.random.below(8))
                    }
                }
                do {
                    try decode(session, last: payload)
                    taken += 1
                } catch let error as WireError {
                    refused += 1
                    #expect(error.offset <= payload.count, "seed \(random.seed), round \(round): \(error)")
                    #expect(!error.field.isEmpty && !error.expected.isEmpty)
                }
            }
        }
        #expect(refused > taken / 4, "seed \(random.seed): \(refused) refused, \(taken) taken")
    }

    @Test func randomPayloadsAreRefused() throws {
        let random = SeededGenerator()
        var generator = random
        for _ in 0..<rounds(3_000) {
            let payload = (0..<(1 + generator.below(300))).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            for type in [FrameType.spans, .metrics, .losses, .hello, .welcome, .error, .acknowledge, .refuse] {
                var loop = try Loop()
                do { _ = try loop.read(sealed(type: type, payload: payload)) } catch let error as WireError {
                    #expect(error.offset <= payload.count, "seed \(random.seed): \(error)")
                }
            }
        }
    }

    @Test func aBadChecksumIsNamed() throws {
        var loop = try Loop()
        var frame = sealed(type: .ping, payload: [UInt8](repeating: 1, count: 8))
        frame[13] ^= 4
        let error = #expect(throws: WireError.self) { try loop.read(frame) }
        #expect(error?.code == .checksumMismatch)
    }

    @Test func anOversizedFrameIsRefusedByItsHeaderAlone() throws {
        let loop = try Loop()
        var header: [UInt8] = [0x10, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]
        header += [0, 0, 0, 0]
        let error = #expect(throws: WireError.self) {
            try header.withUnsafeBytes { try loop.decoder.frameLength($0) }
        }
        #expect(error?.code == .limitExceeded)
        #expect(error?.field == "payload length")
    }

    @Test func aDecompressionBombIsRefusedBeforeItIsInflated() throws {
        var loop = try Loop()
        let bomb: [UInt8] = [0xFF, 0xFF, 0xFF, 0x7F] + [UInt8](repeating: 0, count: 40)
        let error = #expect(throws: WireError.self) {
            try loop.read(sealed(type: .spans, flags: 1, payload: bomb))
        }
        #expect(error?.code == .limitExceeded)
    }

    @Test func aLastSequenceBeyondSignedNumbersIsRefused() throws {
        var loop = try Loop()
        // 2^63, and the highest that is allowed.
        let beyond: [UInt8] = [UInt8](repeating: 0x80, count: 9) + [1]
        let error = #expect(throws: WireError.self) { try loop.read(sealed(type: .close, payload: beyond)) }
        #expect(error?.code == .limitExceeded && error?.field == "last sequence" && error?.offset == 0)
        let most = [UInt8](repeating: 0xFF, count: 8) + [0x7F]
        guard case .control(.close(let last))? = try loop.read(sealed(type: .close, payload: most)).first else {
            throw Unexpected()
        }
        #expect(last == UInt64(Int64.max))
    }

    @Test func aReferenceToNothingIsNamed() throws {
        // sequence 1, no definitions at all, one span of shape 5
        var loop = try Loop()
        let error = #expect(throws: WireError.self) {
            try loop.read(sealed(type: .spans, payload: [1, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0]))
        }
        #expect(error?.code == .danglingReference)
        #expect(error?.field == "span shape")
        #expect(error?.offset == 9)
    }

    @Test func aSparsePairBehindTheLastRowIsRefused() throws {
        var loop = try Loop()
        let span = Span(
            traceID: TraceID(high: 1, low: 2), spanID: SpanID(3), name: "", startNanoseconds: 0, endNanoseconds: 0)
        try loop.encoder.spans(SpanBatch([span, span]), sequence: 1)
        var payload = Array(loop.encoder.take()[12...])
        #expect(payload.removeLast() == 0)
        let error = #expect(throws: WireError.self) {
            // Dropped events: a pair for the last row, and one more.
            try loop.read(sealed(type: .spans, payload: payload + [8, 2, 1, 1, 0, 1]))
        }
        #expect(error?.field == "sparse column row")
    }

    @Test func anotherMajorVersionAndForeignBytesAreRefusedWithASentence() throws {
        let decoder = FrameDecoder(limits: WireLimits())
        let future: [UInt8] = [0x57, 0x41, 0x59, 0x42, 2, 0, 0, 0]
        let version = #expect(throws: WireError.self) { try future.withUnsafeBytes { try decoder.frameLength($0) } }
        #expect(version?.code == .unsupportedVersion)
        let foreign = Array("GET / HTTP/1.1\r\n".utf8)
        let magic = #expect(throws: WireError.self) { try foreign.withUnsafeBytes { try decoder.frameLength($0) } }
        #expect(magic?.code == .notWaybill)
    }

    @Test func newerMinorVersionsAreSkippedOver() throws {
        var loop = try Loop()
        guard case .unknown(let type)? = try loop.read(sealed(type: FrameType(rawValue: 0x77), payload: [9, 9])).first
        else { throw Unexpected() }
        #expect(type.rawValue == 0x77)
        // A PING with more in it than this version knows.
        let ping = try loop.read(sealed(type: .ping, payload: [7, 0, 0, 0, 0, 0, 0, 0, 42, 42])).first
        guard case .control(.ping(7))? = ping else { throw Unexpected() }
    }
}

/// A frame with a right checksum around any payload.
func sealed(type: FrameType, flags: UInt8 = 0, payload: [UInt8]) -> [UInt8] {
    var frame: [UInt8] = [type.rawValue, flags, 0, 0]
    let size = UInt32(payload.count)
    for shift in 0..<4 { frame.append(UInt8(truncatingIfNeeded: size >> UInt32(8 * shift))) }
    let sum = crc(frame + payload)
    for shift in 0..<4 { frame.append(UInt8(truncatingIfNeeded: sum >> UInt32(8 * shift))) }
    return frame + payload
}

/// CRC-32 (ISO 3309), bit by bit: independent of the product's.
func crc(_ bytes: [UInt8]) -> UInt32 {
    var sum: UInt32 = .max
    for byte in bytes {
        sum ^= UInt32(byte)
        for _ in 0..<8 { sum = sum & 1 != 0 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    return ~sum
}
