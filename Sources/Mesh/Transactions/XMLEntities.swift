/// The references that XML 1.0 knows without a document type (§4.1, §4.6).
enum XMLEntities {
    /// The longest is `&#x10FFFF;`.
    private static let maximumNameBytes = 8

    /// `text` with its references resolved; `nil` for one that is unknown or not finished.
    static func decode(_ text: Slice<UnsafeRawBufferPointer>) -> [UInt8]? {
        guard text.contains(UInt8(ascii: "&")) else { return Array(text) }
        var output: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "&") else {
                output.append(byte)
                continue
            }
            let name = rest.prefix(maximumNameBytes + 1).prefix { $0 != UInt8(ascii: ";") }
            guard name.count <= maximumNameBytes, name.count < rest.count else { return nil }
            guard let scalar = scalar(Array(name)) else { return nil }
            output.append(contentsOf: Array(String(Character(scalar)).utf8))
            rest = rest.dropFirst(name.count + 1)
        }
        return output
    }

    private static func scalar(_ name: [UInt8]) -> Unicode.Scalar? {
        switch String(decoding: name, as: UTF8.self) {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        guard name.first == UInt8(ascii: "#"), name.count > 1 else { return nil }
        let isHexadecimal = name[1] == UInt8(ascii: "x")
        let digits = name.dropFirst(isHexadecimal ? 2 : 1)
        guard !digits.isEmpty, digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-") else { return nil }
        guard let value = UInt32(String(decoding: digits, as: UTF8.self), radix: isHexadecimal ? 16 : 10) else {
            return nil
        }
        // XML has no NUL, not even as a reference.
        return value == 0 ? nil : Unicode.Scalar(value)
    }
}
