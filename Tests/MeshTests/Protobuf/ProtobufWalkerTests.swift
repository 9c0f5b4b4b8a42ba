import Mesh
import Testing

@Suite struct ProtobufWalkerTests {
    /// What a walker says of `bytes`, shown in pieces of `step` bytes.
    static func find(
        _ path: String, _ type: ProtobufFieldType = .string, in bytes: [UInt8], step: Int = .max,
        maximumBytes: Int = 65_536, _ end: MessageEnd = .whole
    ) throws -> BodyFinding {
        let field = GRPCMessageField(try #require(ProtobufFieldPath(path)), type: type)
        var walker = ProtobufWalker(field, maximumBytes: maximumBytes)
        var start = 0
        while start < bytes.count {
            let next = min(bytes.count, step == .max ? .max : start + step)
            bytes[start..<next].withUnsafeBytes { walker.feed($0) }
            start = next
        }
        return walker.finding(at: end)
    }

    private static func found(_ texts: String...) -> BodyFinding { .found(texts.map { Array($0.utf8) }) }

    /// Everything that a message can hold, and the id at 2.1.3.
    static let whole = ProtobufBytes {
        $0.varint(1, .max)
        $0.fixed64(4, 1)
        $0.fixed32(5, 1)
        $0.text(7, "2.1.3")
        $0.group(6) {
            $0.message(2) { $0.message(1) { $0.text(3, "in a group") } }
            $0.group(9) { $0.varint(2, 7) }
        }
        $0.message(2) {
            $0.text(3, "too high")
            $0.message(1) {
                $0.varint(2, 8)
                $0.text(3, "PAY-1")
                $0.text(4, "after")
            }
            $0.message(2) { $0.text(3, "a brother") }
        }
        $0.text(3, "at the end")
    }.bytes

    @Test(arguments: [1, 2, 3, 7, .max]) func theFieldIsFoundHoweverTheBytesCome(_ step: Int) throws {
        #expect(try Self.find("2.1.3", in: Self.whole, step: step) == Self.found("PAY-1"))
        #expect(try Self.find("3", in: Self.whole, step: step) == Self.found("at the end"))
        #expect(try Self.find("2.2.3", in: Self.whole, step: step) == Self.found("a brother"))
        #expect(try Self.find("2.3", in: Self.whole, step: step) == Self.found("too high"))
        #expect(try Self.find("8.1", in: Self.whole, step: step) == .absent)
        #expect(try Self.find("3.1", in: Self.whole, step: step) == .malformed)
    }

    @Test func everyTypeIsWrittenAsItsLanguagesWriteIt() throws {
        let bytes = ProtobufBytes {
            $0.varint(1, UInt64(bitPattern: -5))
            $0.varint(2, 9)
            $0.fixed32(3, UInt32(bitPattern: -7))
            $0.fixed64(4, UInt64(bitPattern: -8))
            $0.field(
                5, [0x97, 0xED, 0x48, 0x27, 0x7B, 0x6F, 0x44, 0x91, 0xA0, 0x6F, 0xB5, 0x48, 0xD5, 0xA7, 0x51, 0x2D])
            $0.varint(6, .max)
        }.bytes
        #expect(try Self.find("1", .int64, in: bytes) == Self.found("-5"))
        #expect(try Self.find("1", .uint64, in: bytes) == Self.found("18446744073709551611"))
        #expect(try Self.find("2", .sint64, in: bytes) == Self.found("-5"))
        #expect(try Self.find("6", .sint64, in: bytes) == Self.found("-9223372036854775808"))
        #expect(try Self.find("3", .int64, in: bytes) == Self.found("-7"))
        #expect(try Self.find("3", .uint64, in: bytes) == Self.found("4294967289"))
        #expect(try Self.find("4", .int64, in: bytes) == Self.found("-8"))
        #expect(try Self.find("5", .uuid, in: bytes) == Self.found("97ed4827-7b6f-4491-a06f-b548d5a7512d"))
        #expect(try Self.find("5", .bytes, in: bytes) == Self.found("97ed48277b6f4491a06fb548d5a7512d"))
        // A declared type that the message does not have is a mistake, not an absence.
        #expect(try Self.find("5", .uint64, in: bytes) == .malformed)
        #expect(try Self.find("2", .string, in: bytes) == .malformed)
    }

    @Test func repeatedFieldsGiveEachOfTheirValues() throws {
        let bytes = ProtobufBytes {
            for number in 0..<100 { $0.message(2) { $0.text(1, "P\(number)") } }
        }.bytes
        guard case .found(let values) = try Self.find("2.1", in: bytes) else {
            Issue.record("nothing was found")
            return
        }
        #expect(values.count == ProtobufWalker.maximumFindings)
        #expect(values.prefix(2).map { String(decoding: $0, as: UTF8.self) } == ["P0", "P1"])
    }

    @Test func emptyMessagesAndValuesHoldNoID() throws {
        #expect(try Self.find("1", in: []) == .absent)
        #expect(try Self.find("1", in: ProtobufBytes { $0.text(1, "") }.bytes) == .absent)
        #expect(try Self.find("1.1", in: ProtobufBytes { $0.message(1) { _ in } }.bytes) == .absent)
    }

    /// What is skipped costs nothing; what is looked at is bounded.
    @Test func aFieldBehindALongOneIsFoundWithinTheBound() throws {
        let bytes = ProtobufBytes {
            $0.field(1, [UInt8](repeating: 7, count: 100_000))
            $0.text(2, "PAY-1")
        }.bytes
        #expect(try Self.find("2", in: bytes, step: 999, maximumBytes: 16) == Self.found("PAY-1"))
        let many = ProtobufBytes {
            for _ in 0..<100 { $0.varint(1, 1) }
            $0.text(2, "PAY-1")
        }.bytes
        #expect(try Self.find("2", in: many, step: 5, maximumBytes: 199) == .beyondBound)
        #expect(try Self.find("2", in: many, step: 5, maximumBytes: 207) == Self.found("PAY-1"))
        #expect(try Self.find("2", in: Array(many.dropLast(8)), .cut) == .beyondBound)
        #expect(try Self.find("2", in: Array(many.dropLast(8)), .broken) == .malformed)
    }

    @Test(
        arguments: [
            [0x00], [0x07, 0x00], [0x06], [0x0C], [0x0B, 0x14], [0x0A, 0x02, 0x00],
            [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
            [0x08], [0x09, 1, 2, 3], [0x0A], [0x80],
            [0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            [0xF8, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x00], [0x0B],
        ] as [[UInt8]]) func malformedMessages(_ bytes: [UInt8]) throws
    {
        for step in [1, Int.max] { #expect(try Self.find("2", in: bytes, step: step) == .malformed) }
    }

    @Test func groupsNestToABound() throws {
        func nested(_ count: Int) -> [UInt8] {
            [UInt8](repeating: 0x0B, count: count) + [UInt8](repeating: 0x0C, count: count) + [0x12, 0x01, 0x78]
        }
        #expect(try Self.find("2", in: nested(ProtobufWalker.maximumGroups)) == Self.found("x"))
        #expect(try Self.find("2", in: nested(ProtobufWalker.maximumGroups + 1)) == .malformed)
    }

    @Test(arguments: [
        "", ".", "1.", ".1", "0", "1..2", "01", "-1", "1.x", "536870912", "1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1",
    ])
    func whatIsNoPath(_ text: String) { #expect(ProtobufFieldPath(text) == nil) }

    @Test(arguments: ["1", "2.1.3", "536870911", "1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1"])
    func pathsReadBack(_ text: String) { #expect(ProtobufFieldPath(text)?.description == text) }
}
