/// The `tags` that Jaeger's clients search by: one JSON object of texts, `{"http.status_code":"200","error":"true"}`.
/// Numbers and booleans are taken as the texts they are written as.
package struct TagObject {
    static let maximumTags = 32
    private static let maximumBytes = 16 << 10

    /// RFC 8259 §6.
    private nonisolated(unsafe) static let number = /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/

    package private(set) var tags: [(key: String, value: String)] = []
    private var bytes: ArraySlice<UInt8>

    /// `nil` for anything else.
    package init?(_ text: String) {
        bytes = Array(text.utf8)[...]
        guard bytes.count <= Self.maximumBytes, take("{") else { return nil }
        if !take("}") {
            repeat {
                guard tags.count < Self.maximumTags, let key = string(), take(":"), let value = string() ?? scalar()
                else { return nil }
                tags.append((key, value))
            } while take(",")
            guard take("}") else { return nil }
        }
        skipSpace()
        guard bytes.isEmpty else { return nil }
    }

    private mutating func skipSpace() { bytes = bytes.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) } }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard bytes.first == UInt8(ascii: character) else { return false }
        bytes = bytes.dropFirst()
        return true
    }

    /// `true`, `false` or a number.
    private mutating func scalar() -> String? {
        let word = bytes.prefix { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || [0x2B, 0x2D, 0x2E, 0x45].contains(byte)
        }
        let text = String(decoding: word, as: UTF8.self)
        guard text == "true" || text == "false" || text.wholeMatch(of: Self.number) != nil else { return nil }
        bytes = bytes.dropFirst(word.count)
        return text
    }

    private mutating func string() -> String? {
        skipSpace()
        guard bytes.first == UInt8(ascii: "\"") else { return nil }
        bytes = bytes.dropFirst()
        var text: [UInt8] = []
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = escape() else { return nil }
                text.append(contentsOf: Array(String(Character(escaped)).utf8))
            case ..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    /// What stands behind a backslash.
    private mutating func escape() -> Unicode.Scalar? {
        switch bytes.popFirst() {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            guard let unit = self.unit() else { return nil }
            guard 0xD800..<0xDC00 ~= unit else { return Unicode.Scalar(unit) }
            // The second half of a character beyond the first 65,536 (RFC 8259 §7).
            guard
                bytes.popFirst() == UInt8(ascii: "\\"), bytes.popFirst() == UInt8(ascii: "u"), let low = self.unit(),
                0xDC00..<0xE000 ~= low
            else { return nil }
            return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        default: return nil
        }
    }

    private mutating func unit() -> UInt32? {
        let digits = bytes.prefix(4)
        guard
            digits.count == 4,
            let unit = digits.reduce(
                UInt32?(0),
                { value, digit in
                    guard let value, let nibble = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
                    return value << 4 | UInt32(nibble)
                })
        else { return nil }
        bytes = bytes.dropFirst(4)
        return unit
    }
}
