import NIOCore
import TestSupport
import Testing
import Transport

@Suite struct GRPCMessageReaderTests {
    private static let message = GRPCMessageWriter.buffer(Array("a payment".utf8))

    /// What the reader makes of `pieces`.
    private func read(_ pieces: [ByteBuffer], limit: Int = 1 << 20) -> (
        message: GRPCMessageReader.Message?, fault: GRPCMessageReader.Fault?, isWhole: Bool
    ) {
        var reader = GRPCMessageReader(limit: limit)
        for piece in pieces {
            do throws(GRPCMessageReader.Fault) {
                try reader.receive(piece)
            } catch {
                return (reader.message, error, reader.isBetweenMessages)
            }
        }
        return (reader.message, nil, reader.isBetweenMessages)
    }

    @Test func aMessageCutAtEveryByte() {
        let bytes = Array(Self.message.readableBytesView)
        for cut in 0...bytes.count {
            let (message, fault, isWhole) = read([
                ByteBuffer(bytes: bytes[..<cut]), ByteBuffer(bytes: bytes[cut...]), ByteBuffer(),
            ])
            #expect(message.map { String(buffer: $0.bytes) } == "a payment")
            #expect(fault == nil && isWhole)
        }
        for cut in 1..<bytes.count {
            let (message, fault, isWhole) = read([ByteBuffer(bytes: bytes[..<cut])])
            #expect(message == nil && fault == nil && !isWhole)
        }
    }

    @Test func anEmptyMessageIsAMessage() {
        let (message, fault, _) = read([ByteBuffer(bytes: [1, 0, 0, 0, 0])])
        #expect(message == GRPCMessageReader.Message(isCompressed: true, bytes: ByteBuffer()))
        #expect(fault == nil)
    }

    @Test func faultsAreNamed() {
        #expect(read([ByteBuffer(bytes: [2])]).fault == .flag(2))
        #expect(read([Self.message, ByteBuffer(bytes: [0])]).fault == .moreThanOne)
        var two = Self.message
        two.writeImmutableBuffer(Self.message)
        #expect(read([two]).fault == .moreThanOne)
        // The length alone is enough: nothing after it is waited for.
        #expect(read([ByteBuffer(bytes: [0, 0, 0, 1, 1])], limit: 256).fault == .tooLarge(length: 257))
        #expect(read([ByteBuffer(bytes: [0, 0, 0, 1, 0])], limit: 256).fault == nil)
        #expect(read([ByteBuffer(bytes: [0, 255, 255, 255, 255])]).fault == .tooLarge(length: Int(UInt32.max)))
    }

    @Test func aSmallMessageHoldsNoLargeBuffer() {
        var large = ByteBuffer(repeating: 0, count: 64 << 10)
        large.clear()
        large.writeImmutableBuffer(Self.message)
        let message = read([large]).message
        #expect((message?.bytes.storageCapacity ?? .max) < 1024)
    }

    /// Random messages, some with a byte changed, in random pieces: the reader agrees with one that sees all at once.
    @Test func randomPiecesReadAsOne() {
        let seed = Seed.next()
        var random = seed.generator
        for round in 0..<(Seed.isSoak ? 200_000 : 5_000) {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                let length = Int.random(in: 0...300, using: &random)
                let body = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                bytes += Array(
                    GRPCMessageWriter.buffer(body, isCompressed: Bool.random(using: &random)).readableBytesView)
            }
            if !bytes.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
                bytes[Int.random(in: 0..<min(bytes.count, 8), using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            if !bytes.isEmpty, Int.random(in: 0..<4, using: &random) == 0 {
                bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
            }
            var pieces: [ByteBuffer] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 0...min(rest.count, 80), using: &random)
                pieces.append(ByteBuffer(bytes: rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            let got = read(pieces, limit: 250)
            let expected = readAtOnce(bytes, limit: 250)
            #expect(got.fault == expected.fault && got.message == expected.message, "\(seed) round \(round)")
            if got.fault == nil { #expect(got.isWhole == expected.isWhole, "\(seed) round \(round)") }
        }
    }

    private func readAtOnce(_ bytes: [UInt8], limit: Int) -> (
        message: GRPCMessageReader.Message?, fault: GRPCMessageReader.Fault?, isWhole: Bool
    ) {
        guard let flag = bytes.first else { return (nil, nil, true) }
        guard flag < 2 else { return (nil, .flag(flag), false) }
        guard bytes.count >= 5 else { return (nil, nil, false) }
        let length = bytes[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard length <= limit else { return (nil, .tooLarge(length: length), false) }
        guard bytes.count >= 5 + length else { return (nil, nil, false) }
        let message = GRPCMessageReader.Message(
            isCompressed: flag == 1, bytes: ByteBuffer(bytes: bytes[5..<5 + length]))
        return (message, bytes.count > 5 + length ? .moreThanOne : nil, true)
    }
}
