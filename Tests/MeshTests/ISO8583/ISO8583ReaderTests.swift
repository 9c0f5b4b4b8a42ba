import Mesh
import Testing

@Suite struct ISO8583ReaderTests {
    static let card = "4111111111111111"
    static let fields: [Int: String] = [
        2: card, 3: "000000", 4: "000000012345", 7: "1123125959", 11: "000007", 32: "12345", 35: card + "=2512101",
        37: "RRN00000A001", 41: "TERM0001",
    ]
    static let dialects: [(ISO8583Settings.Encoding, ISO8583Settings.Bitmap)] =
        ISO8583Settings.Encoding.allCases.flatMap { encoding in
            ISO8583Settings.Bitmap.allCases.map { (encoding, $0) }
        }

    private static func text(_ message: ISO8583Message, _ field: Int) -> String? {
        message.values[field].map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: dialects)
    func everyDialectGivesTheSameValues(encoding: ISO8583Settings.Encoding, bitmap: ISO8583Settings.Bitmap) throws {
        let writer = ISO8583Writer(encoding, bitmap)
        let message = try writer.read(writer.message("0200", Self.fields))
        #expect(message.typeText == "0200")
        for field in [7, 11, 32, 37, 41] { #expect(Self.text(message, field) == Self.fields[field], "field \(field)") }
        #expect(message.values.keys.sorted() == [7, 11, 32, 37, 41])
    }

    @Test(arguments: dialects)
    func theSecondBitmapIsRead(encoding: ISO8583Settings.Encoding, bitmap: ISO8583Settings.Bitmap) throws {
        var settings = ISO8583Settings(encoding: encoding, bitmap: bitmap)
        settings.transactionSources = [
            ISO8583Source(attribute: "original", fields: [90]), ISO8583Source(attribute: "account", fields: [102]),
            ISO8583Source(attribute: "network", fields: [70, 11]),
        ]
        let writer = ISO8583Writer(settings)
        let original = "0200000007112312595900000012345" + "00000012345"
        let bytes = writer.message(
            "0400", [7: "1123125959", 11: "000008", 70: "301", 90: original, 102: "ACCOUNT-1"])
        let identifiers = try writer.read(bytes).transactions(settings.transactionSources).identifiers
        #expect(identifiers.map(\.value) == [original, "ACCOUNT-1", "301-000008"])
        // Without the bit for it the second bitmap would be content.
        var broken = bytes
        let start = bitmap == .binary ? (encoding == .bcd ? 2 : 4) : nil
        if let start {
            broken[start] &= 0x7F
            #expect(throws: ISO8583Fault.self) { try writer.read(broken) }
        }
    }

    @Test func packedNumbersOfOddLengthArePaddedOnEitherSide() throws {
        let writer = ISO8583Writer(.bcd)
        var bytes = writer.message("0200", [11: "000007", 32: "12345"])
        #expect(Self.text(try writer.read(bytes), 32) == "12345")
        bytes.replaceSubrange((bytes.count - 3)..., with: [0x12, 0x34, 0x5F])
        #expect(Self.text(try writer.read(bytes), 32) == "12345")
        bytes[bytes.count - 1] = 0xF5
        let fault = #expect(throws: ISO8583Fault.self) { try writer.read(bytes) }
        #expect(fault?.description == "field 32, byte 13: not decimal digits")
    }

    @Test func headersAndTrailersAreSteppedOver() throws {
        var settings = ISO8583Settings()
        settings.framing.headerBytes = 5
        settings.framing.trailerBytes = 1
        let writer = ISO8583Writer(settings)
        let bytes = writer.message("0800", [7: "1123125959", 11: "000001"])
        #expect(bytes.first == 0x60 && bytes.last == 3)
        #expect(Self.text(try writer.read(bytes), 11) == "000001")
        let fault = #expect(throws: ISO8583Fault.self) { try writer.read(Array(bytes.prefix(5))) }
        #expect(fault?.description == "field 0, byte 0: needs 6 bytes and 5 are there")
    }

    @Test(
        arguments: [
            ([:], "0200", "02x0", "field 0, byte 2: not a decimal digit"),
            ([11: "000001"], "000001", "00000x", "field 11, byte 12: not decimal digits"),
            ([7: "1123125959"], "1123125959", "4123125959", "field 7, byte 12: is not a time as MMDDhhmmss"),
            ([32: "12345"], "0512345", "9912345", "field 32, byte 12: a length of 99; at most 11 are possible"),
            ([32: "12345"], "0512345", "0912345", "field 32, byte 14: needs 9 bytes and 5 are left"),
            ([11: "000001"], "000001", "000001X", "field 41, byte 18: 1 bytes are left after the last field"),
        ] as [([Int: String], String, String, String)])
    func whatIsNotSoundIsRefused(fields: [Int: String], piece: String, replacement: String, sentence: String) throws {
        let writer = ISO8583Writer()
        var bytes = writer.message("0200", fields)
        let range = try #require(bytes.firstRange(of: Array(piece.utf8)))
        bytes.replaceSubrange(range, with: Array(replacement.utf8))
        let fault = #expect(throws: ISO8583Fault.self) { try writer.read(bytes) }
        #expect(fault?.description == sentence)
    }

    /// A wrong length shifts the digits of the card number into what follows it.
    @Test(arguments: ["07", "08", "12", "15", "17", "19", "20", "99", "1x"])
    func theCardNumberIsNeverAnID(length: String) throws {
        let writer = ISO8583Writer(
            ISO8583Settings(transactionSources: [
                ISO8583Source(attribute: "a", fields: [37]), ISO8583Source(attribute: "b", fields: [7, 11]),
            ]))
        var bytes = writer.message("0200", [2: Self.card, 7: "1123125959", 11: "000001", 37: "RRN000000001"])
        let range = try #require(bytes.firstRange(of: Array("16".utf8)))
        bytes.replaceSubrange(range, with: Array(length.utf8))
        let fault = #expect(throws: ISO8583Fault.self) { try writer.read(bytes) }
        #expect(fault?.description.contains("1111") == false)
    }

    @Test func aFieldThatRepeatsTheCardNumberIsRefused() throws {
        let writer = ISO8583Writer(
            ISO8583Settings(transactionSources: [ISO8583Source(attribute: "a", fields: [48])]))
        let bytes = writer.message("0200", [2: Self.card, 48: "REF-" + Self.card])
        let fault = #expect(throws: ISO8583Fault.self) { try writer.read(bytes) }
        #expect(fault?.description == "field 48, byte 30: holds what field 2 holds")
    }

    @Test(
        arguments: [
            (2, ISO8583Framing.Encoding.binary, [0x01, 0x02], false, 258), (4, .ascii, Array("0258".utf8), false, 258),
            (4, .ascii, Array("0262".utf8), true, 258), (2, .bcd, [0x02, 0x58], false, 258),
            (4, .binary, [0, 0, 1, 2], true, 254), (2, .binary, [0, 0], false, 0), (2, .binary, [0, 2], true, 0),
        ] as [(Int, ISO8583Framing.Encoding, [UInt8], Bool, Int)])
    func lengthsAreReadAsDeclared(
        bytes: Int, encoding: ISO8583Framing.Encoding, prefix: [UInt8], includesItself: Bool, length: Int
    ) throws {
        let framing = ISO8583Framing(lengthBytes: bytes, encoding: encoding, includesItself: includesItself)
        #expect(framing.messageBytes(prefix) == .success(length))
    }

    @Test(
        arguments: [
            (
                2, ISO8583Framing.Encoding.binary, [0, 1], true,
                "field 0, byte 0: a length of 1; messages of at most 100"
            ),
            (4, .ascii, Array("01x2".utf8), false, "field 0, byte 2: byte 0x78 of the length is not a digit"),
            (2, .bcd, [0x00, 0x1A], false, "field 0, byte 1: byte 0x1a of the length is not BCD"),
            (2, .binary, [1, 0], false, "field 0, byte 0: a length of 256; messages of at most 100 bytes are taken"),
        ] as [(Int, ISO8583Framing.Encoding, [UInt8], Bool, String)])
    func lengthsThatAreNoneAreRefused(
        bytes: Int, encoding: ISO8583Framing.Encoding, prefix: [UInt8], includesItself: Bool, sentence: String
    ) {
        let framing = ISO8583Framing(
            lengthBytes: bytes, encoding: encoding, includesItself: includesItself, maximumMessageBytes: 100)
        guard case .failure(let fault) = framing.messageBytes(prefix) else {
            Issue.record("taken")
            return
        }
        #expect(fault.description.hasPrefix(sentence), "\(fault)")
    }
}
