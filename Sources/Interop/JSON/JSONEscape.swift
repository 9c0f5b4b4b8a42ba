/// The escapes of JSON strings (RFC 8259 §7).
enum JSONEscape {
    /// Reads the escape at the start of `bytes` into `output`; returns its length, or `nil` when it is not one.
    static func read(_ bytes: UnsafeRawBufferPointer, into output: inout JSONStringBuilder) -> Int? {
        guard bytes.count >= 2 else { return nil }
        switch bytes[1] {
        case 0x22, 0x5C, 0x2F: output.append(bytes[1])
        case 0x62: output.append(0x08)
        case 0x66: output.append(0x0C)
        case 0x6E: output.append(0x0A)
        case 0x72: output.append(0x0D)
        case 0x74: output.append(0x09)
        case 0x75: return unicode(bytes, into: &output)
        default: return nil
        }
        return 2
    }

    private static func unicode(_ bytes: UnsafeRawBufferPointer, into output: inout JSONStringBuilder) -> Int? {
        guard let unit = unit(bytes, at: 0) else { return nil }
        switch unit {
        case 0xD800...0xDBFF:
            if let low = Self.unit(bytes, at: 6), (0xDC00...0xDFFF).contains(low) {
                output.append(scalar: 0x1_0000 + (unit - 0xD800) << 10 + (low - 0xDC00))
                return 12
            }
            output.append(scalar: 0xFFFD)
        case 0xDC00...0xDFFF: output.append(scalar: 0xFFFD)
        default: output.append(scalar: unit)
        }
        return 6
    }

    /// The code unit of a `\uXXXX` at `offset`.
    private static func unit(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32? {
        guard bytes.count >= offset + 6, bytes[offset] == 0x5C, bytes[offset + 1] == 0x75 else { return nil }
        return HexDigits.parse(bytes, offset + 2..<offset + 6, allowUpperCase: true).map { UInt32($0) }
    }
}
