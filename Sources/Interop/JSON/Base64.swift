/// Reading base64 (RFC 4648): the standard and the URL-safe alphabet, padded or not, as protobuf's JSON mapping asks.
enum Base64 {
    /// The bytes that `text` stands for, appended to `output`; false when it is not base64.
    static func decode(_ text: UnsafeRawBufferPointer, into output: inout [UInt8]) -> Bool {
        var count = text.count
        if count % 4 == 0 {
            var padding = 0
            while padding < 2, count > 0, text[count - 1] == 0x3D {
                count -= 1
                padding += 1
            }
        }
        guard count % 4 != 1 else { return false }
        output.reserveCapacity(output.count + count / 4 * 3 + 3)
        var bits: UInt32 = 0
        var held = 0
        for index in 0..<count {
            guard let sextet = sextet(text[index]) else { return false }
            bits = bits << 6 | UInt32(sextet)
            held += 6
            if held >= 8 {
                held -= 8
                output.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
            }
        }
        return true
    }

    private static func sextet(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x41...0x5A: digit - 0x41
        case 0x61...0x7A: digit - 0x47
        case 0x30...0x39: digit + 4
        case 0x2B, 0x2D: 62
        case 0x2F, 0x5F: 63
        default: nil
        }
    }
}
