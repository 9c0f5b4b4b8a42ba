/// The inside of a JSON string: escapes resolved and written (RFC 8259 §7).
enum JSONString {
    /// The bytes between the quotes with their escapes resolved; `nil` for an unknown escape or half a surrogate pair.
    static func unescape(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        guard bytes.contains(UInt8(ascii: "\\")) else { return Array(bytes) }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                output.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "\"")?: output.append(UInt8(ascii: "\""))
            case UInt8(ascii: "\\")?: output.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "/")?: output.append(UInt8(ascii: "/"))
            case UInt8(ascii: "b")?: output.append(0x08)
            case UInt8(ascii: "f")?: output.append(0x0C)
            case UInt8(ascii: "n")?: output.append(0x0A)
            case UInt8(ascii: "r")?: output.append(0x0D)
            case UInt8(ascii: "t")?: output.append(0x09)
            case UInt8(ascii: "u")?:
                guard let scalar = unicodeEscape(&rest) else { return nil }
                output.append(contentsOf: Array(String(Character(scalar)).utf8))
            default: return nil
            }
        }
        return output
    }

    private static func unicodeEscape(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard let first = fourDigits(&rest) else { return nil }
        guard 0xD800...0xDBFF ~= first else { return Unicode.Scalar(first) }
        guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"),
            let second = fourDigits(&rest), 0xDC00...0xDFFF ~= second
        else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private static func fourDigits(_ rest: inout ArraySlice<UInt8>) -> UInt32? {
        guard rest.count >= 4 else { return nil }
        var value: UInt32 = 0
        for byte in rest.prefix(4) {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
            default: return nil
            }
        }
        rest = rest.dropFirst(4)
        return value
    }

    /// Appends `text` in quotes.
    static func append(_ text: String, to output: inout String) {
        output.append("\"")
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output.append("\\\"")
            case "\\": output.append("\\\\")
            case "\n": output.append("\\n")
            case "\r": output.append("\\r")
            case "\t": output.append("\\t")
            default:
                if scalar.value < 0x20 {
                    let digits = String(scalar.value, radix: 16)
                    output.append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
                } else {
                    output.unicodeScalars.append(scalar)
                }
            }
        }
        output.append("\"")
    }
}
