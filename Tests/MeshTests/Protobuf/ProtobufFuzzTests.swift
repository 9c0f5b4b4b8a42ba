import Mesh
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Messages made at random, whose ids are known from their making, and messages spoilt at random.
@Suite struct ProtobufFuzzTests {
    private static let path: [Int] = [2, 1, 3]
    private static let rounds = getenv("WAYBILL_SOAK") == nil ? 5_000 : 500_000

    /// Writes a message of the level `depth` of the path, `nil` beside it; ids on the path are noted in `ids`.
    private static func write(
        _ output: inout ProtobufBytes, depth: Int?, nesting: Int, _ ids: inout [String], _ seed: inout Seed
    ) {
        for _ in 0..<Int.random(in: 0...5, using: &seed) {
            // The path is taken often enough that ids are really written.
            let follows = depth != nil && Bool.random(using: &seed)
            let number = follows ? path[depth ?? 0] : Int.random(in: 1...4, using: &seed)
            let isNext = depth.map { path[$0] == number } ?? false
            switch Int.random(in: 0..<7, using: &seed) {
            case 0 where !(isNext && depth == path.count - 1): output.varint(number, seed.next() >> (seed.next() % 64))
            case 1 where !(isNext && depth == path.count - 1):
                output.fixed32(number, UInt32.random(in: 0 ... .max, using: &seed))
            case 2 where !(isNext && depth == path.count - 1): output.fixed64(number, seed.next())
            case 3 where nesting < 6:
                var none: [String] = []
                var inner = ProtobufBytes()
                write(&inner, depth: nil, nesting: nesting + 1, &none, &seed)
                output.group(number) { $0.bytes += inner.bytes }
            case 4 where !isNext:
                output.field(
                    number,
                    (0..<Int.random(in: 0...300, using: &seed)).map { _ in UInt8(truncatingIfNeeded: seed.next()) })
            default:
                if isNext, depth == path.count - 1 {
                    let id = "PAY-\(seed.next() >> (seed.next() % 60))"
                    ids.append(id)
                    output.text(number, id)
                } else if nesting < 6 {
                    var inner = ProtobufBytes()
                    write(&inner, depth: isNext ? depth.map { $0 + 1 } : nil, nesting: nesting + 1, &ids, &seed)
                    output.field(number, inner.bytes)
                }
            }
        }
    }

    /// Feeds in pieces of random sizes.
    private static func find(
        _ bytes: [UInt8], _ seed: inout Seed, maximumBytes: Int = 1 << 20, _ end: MessageEnd = .whole
    ) throws -> BodyFinding {
        let field = GRPCMessageField(try #require(ProtobufFieldPath("2.1.3")))
        var walker = ProtobufWalker(field, maximumBytes: maximumBytes)
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...40, using: &seed))
            piece.withUnsafeBytes { walker.feed($0) }
            rest = rest.dropFirst(piece.count)
        }
        return walker.finding(at: end)
    }

    @Test func whatWasWrittenIsFound() throws {
        var seed = Seed()
        var withIDs = 0
        for _ in 0..<Self.rounds {
            var ids: [String] = []
            var message = ProtobufBytes()
            Self.write(&message, depth: 0, nesting: 0, &ids, &seed)
            let expected: BodyFinding =
                ids.isEmpty ? .absent : .found(ids.prefix(ProtobufWalker.maximumFindings).map { Array($0.utf8) })
            #expect(try Self.find(message.bytes, &seed) == expected, "\(seed.comment) \(message.bytes)")
            withIDs += ids.isEmpty ? 0 : 1
        }
        #expect(withIDs > Self.rounds / 50, seed.comment)
    }

    /// Spoilt messages end, and say the same in whatever pieces they come; a cut finds no more than the whole.
    @Test func spoiltMessagesAreReadTheSameInAnyPieces() throws {
        var seed = Seed()
        for _ in 0..<Self.rounds {
            var bytes = ProtobufWalkerTests.whole
            for _ in 0..<Int.random(in: 1...5, using: &seed) {
                let place = Int.random(in: 0..<bytes.count, using: &seed)
                switch Int.random(in: 0..<3, using: &seed) {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: seed.next())
                case 1: bytes.insert(UInt8(truncatingIfNeeded: seed.next()), at: place)
                default: bytes.remove(at: place)
                }
            }
            let whole = try ProtobufWalkerTests.find("2.1.3", in: bytes)
            #expect(try Self.find(bytes, &seed) == whole, "\(seed.comment) \(bytes)")
            let cut = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &seed)))
            switch (try Self.find(cut, &seed, .cut), whole) {
            case (.beyondBound, _), (.malformed, .malformed): break
            case (.found(let first), .found(let all)): #expect(all.starts(with: first), seed.comment)
            case (let part, _): Issue.record("\(part), but \(whole) as a whole: \(seed.comment) \(bytes)")
            }
            #expect(whole != .beyondBound, seed.comment)
        }
    }

    @Test func randomBytesEnd() throws {
        var seed = Seed()
        for _ in 0..<Self.rounds {
            let bytes = (0..<Int.random(in: 0...80, using: &seed)).map { _ in UInt8(truncatingIfNeeded: seed.next()) }
            #expect(try Self.find(bytes, &seed) == ProtobufWalkerTests.find("2.1.3", in: bytes), seed.comment)
        }
    }
}
