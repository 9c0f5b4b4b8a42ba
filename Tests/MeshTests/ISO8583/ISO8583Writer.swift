import Mesh

/// Writes messages as a dialect says, by a table of its own, so that tests can have them read.
struct ISO8583Writer {
    struct Field {
        var lengthDigits = 0
        var content: ISO8583FieldLayout.Content
    }

    static let fields: [Int: Field] = [
        2: Field(lengthDigits: 2, content: .numeric), 3: Field(content: .numeric), 4: Field(content: .numeric),
        7: Field(content: .numeric), 11: Field(content: .numeric), 22: Field(content: .numeric),
        32: Field(lengthDigits: 2, content: .numeric), 35: Field(lengthDigits: 2, content: .numeric),
        37: Field(content: .text), 39: Field(content: .text), 41: Field(content: .text),
        48: Field(lengthDigits: 3, content: .text), 52: Field(content: .binary), 66: Field(content: .numeric),
        70: Field(content: .numeric), 90: Field(content: .numeric), 102: Field(lengthDigits: 2, content: .text),
        128: Field(content: .binary),
    ]

    let settings: ISO8583Settings

    init(_ encoding: ISO8583Settings.Encoding = .ascii, _ bitmap: ISO8583Settings.Bitmap = .binary) {
        self.init(ISO8583Settings(encoding: encoding, bitmap: bitmap))
    }

    init(_ settings: ISO8583Settings) { self.settings = settings }

    private func characters(_ text: String) -> [UInt8] {
        settings.encoding == .ebcdic ? text.utf8.map(Self.ebcdic) : Array(text.utf8)
    }

    /// Of the characters that tests use, as code page 037 has them.
    static func ebcdic(_ character: UInt8) -> UInt8 {
        switch character {
        case 0x30...0x39: 0xF0 + (character - 0x30)
        case 0x41...0x49: 0xC1 + (character - 0x41)
        case 0x4A...0x52: 0xD1 + (character - 0x4A)
        case 0x53...0x5A: 0xE2 + (character - 0x53)
        case 0x3D: 0x7E
        case 0x2D: 0x60
        default: 0x40
        }
    }

    private func digits(_ text: String) -> [UInt8] {
        settings.encoding == .bcd ? Self.packed(text) : characters(text)
    }

    static func packed(_ text: String) -> [UInt8] {
        let even = text.utf8.count % 2 == 0 ? Array(text.utf8) : [0x30] + Array(text.utf8)
        return stride(from: 0, to: even.count, by: 2).map { nibble(even[$0]) << 4 | nibble(even[$0 + 1]) }
    }

    private static func nibble(_ character: UInt8) -> UInt8 {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x3D: 0xD
        default: (character | 0x20) - 0x57
        }
    }

    private func bitmap(_ numbers: [Int]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (numbers.max() ?? 0) > 64 ? 16 : 8)
        if bytes.count == 16 { bytes[0] = 0x80 }
        for number in numbers { bytes[(number - 1) / 8] |= 0x80 >> UInt8((number - 1) % 8) }
        guard settings.bitmap == .hexadecimal else { return bytes }
        return characters(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined())
    }

    /// A message without the length before it. Binary fields are written as hexadecimal digits.
    func message(_ type: String, _ fields: [Int: String]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0x60, count: settings.framing.headerBytes)
        bytes += digits(type) + bitmap(fields.keys.sorted())
        for (number, value) in fields.sorted(by: { $0.key < $1.key }) {
            guard let field = Self.fields[number] else { preconditionFailure("no test has field \(number)") }
            if field.lengthDigits > 0 {
                let length = String(value.utf8.count)
                bytes += digits(String(repeating: "0", count: field.lengthDigits - length.utf8.count) + length)
            }
            switch field.content {
            case .numeric: bytes += digits(value)
            case .text: bytes += characters(value)
            case .binary: bytes += Self.packed(value)
            }
        }
        return bytes + [UInt8](repeating: 0x03, count: settings.framing.trailerBytes)
    }

    /// With the length before it.
    func frame(_ message: [UInt8]) -> [UInt8] {
        let framing = settings.framing
        let length = message.count + (framing.includesItself ? framing.lengthBytes : 0)
        func padded(_ digits: Int) -> String {
            String(repeating: "0", count: max(0, digits - String(length).utf8.count)) + String(length)
        }
        switch framing.encoding {
        case .binary:
            return (0..<framing.lengthBytes).reversed().map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + message
        case .ascii: return Array(padded(framing.lengthBytes).utf8) + message
        case .bcd: return Self.packed(padded(framing.lengthBytes * 2)) + message
        }
    }

    func read(_ message: [UInt8]) throws -> ISO8583Message {
        let layout = ISO8583Layout(settings)
        return try message.withUnsafeBytes { try ISO8583Reader.read($0, by: layout) }
    }
}
