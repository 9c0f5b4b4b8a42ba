import Telemetry
import Testing

@Suite struct StringTableTests {
    @Test(arguments: [UInt64(1), 2, 3])
    func agreesWithADictionary(seed: UInt64) {
        var random = Dice(seed: Dice.seed(seed))
        var table = StringTable()
        var known: [[UInt8]: StringRef] = [:]
        for round in 0..<2 {
            for _ in 0..<20_000 {
                let count = Int.random(in: 0...20, using: &random)
                // Few letters, so that many strings repeat and many share a start.
                let bytes = (0..<count).map { _ in UInt8.random(in: 254...255, using: &random) }
                let ref = table.intern(bytes)
                if let expected = known[bytes] {
                    #expect(ref == expected, "seed \(random.first)")
                } else {
                    known[bytes] = ref
                }
            }
            known[[]] = .empty
            #expect(table.count == known.count, "seed \(random.first), round \(round)")
            #expect(table.byteCount == known.keys.reduce(0) { $0 + $1.count })
            for (bytes, ref) in known {
                #expect(table.bytes(ref) == bytes)
                #expect(bytes.withUnsafeBytes { table.find($0) } == ref)
            }
            table.removeAll()
            #expect(table.count == 1)
            #expect([UInt8]("gone".utf8).withUnsafeBytes { table.find($0) } == nil)
            known = [:]
        }
    }

    @Test func theEmptyStringIsZero() {
        var table = StringTable()
        #expect(table.intern("") == .empty)
        #expect(table.intern([UInt8]()) == .empty)
        #expect(table.string(.empty) == "")
        #expect(table.count == 1)
    }

    @Test func bytesThatAreNoTextComeBack() {
        var table = StringTable()
        let bytes: [UInt8] = [0xFF, 0x00, 0xC3]
        let ref = table.intern(bytes)
        #expect(table.bytes(ref) == bytes)
        #expect(table.string(ref) == "\u{FFFD}\0\u{FFFD}")
    }

    @Test func anUntouchedTableFindsNothing() {
        let table = StringTable()
        #expect([UInt8]("a".utf8).withUnsafeBytes { table.find($0) } == nil)
        #expect(UnsafeRawBufferPointer(start: nil, count: 0).isEmpty)
        #expect(table.find(UnsafeRawBufferPointer(start: nil, count: 0)) == .empty)
    }
}
