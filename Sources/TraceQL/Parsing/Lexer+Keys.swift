extension Lexer {
    /// An attribute's name: pieces in quotes, whatever is in them, and pieces without.
    mutating func key(after scope: String) throws(TraceQLError) -> String {
        let start = position
        var key: [UInt8] = []
        while let byte = current {
            if byte == UInt8(ascii: "\"") {
                key += try quotedKey()
            } else if let length = Self.keyCharacter(bytes[position...]) {
                key += bytes[position..<position + length]
                position += length
            } else {
                break
            }
        }
        guard !key.isEmpty else { throw TraceQLError("Expected an attribute's name after '\(scope)'.", at: start) }
        // Pieces of a `String` cut at ASCII characters: valid, as all of it is.
        return String(decoding: key, as: UTF8.self)
    }

    /// How many bytes the character at the start of `rest` has, if names may have it without quotes.
    static func keyCharacter(_ rest: ArraySlice<UInt8>) -> Int? {
        guard let first = rest.first else { return nil }
        if first < 0x80 {
            switch first {
            case 0...0x20, 0x7F: return nil
            case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "="),
                UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"),
                UInt8(ascii: "|"), UInt8(ascii: "^"), UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "`"):
                return nil
            default: return 1
            }
        }
        guard let scalar = String(decoding: rest.prefix(4), as: UTF8.self).unicodeScalars.first else { return nil }
        if scalar.properties.isWhitespace { return nil }
        return UTF8.width(scalar)
    }

    private mutating func quotedKey() throws(TraceQLError) -> [UInt8] {
        let start = position
        var key: [UInt8] = []
        position += 1
        while let byte = current {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return key
            case UInt8(ascii: "\\"):
                guard let escaped = current, escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\") else {
                    throw TraceQLError("In an attribute's name only \\\" and \\\\ are escapes.", at: position - 1)
                }
                key.append(escaped)
                position += 1
            default: key.append(byte)
            }
        }
        throw TraceQLError("The name's closing '\"' is missing.", at: start)
    }
}

extension UTF8 {
    fileprivate static func width(_ scalar: Unicode.Scalar) -> Int {
        scalar.value < 0x80 ? 1 : scalar.value < 0x800 ? 2 : scalar.value < 0x10000 ? 3 : 4
    }
}
