/// Hexadecimal digits in a header, read without making a `String`.
enum HexDigits {
    /// The value of up to 16 digits; `nil` when one is not a digit. W3C headers allow lower case only.
    @inline(__always)
    static func parse(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, allowUpperCase: Bool = false) -> UInt64? {
        var value: UInt64 = 0
        for index in range {
            let digit = bytes[index]
            let nibble: UInt8
            switch digit {
            case 0x30...0x39: nibble = digit &- 0x30
            case 0x61...0x66: nibble = digit &- 0x57
            case 0x41...0x46 where allowUpperCase: nibble = digit &- 0x37
            default: return nil
            }
            value = value << 4 | UInt64(nibble)
        }
        return value
    }
}
