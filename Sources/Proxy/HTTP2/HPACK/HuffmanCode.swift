/// The Huffman code of HPACK (RFC 7541 Appendix B). It is canonical: the lengths of its codes say it all.
enum HuffmanCode {
    /// Of each byte's code and, last, of the end of string, in bits.
    static let lengths: [UInt8] = [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
        28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7,
        7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
        23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
        21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
    ]

    static let endOfString = 256

    /// The codes, in their lowest bits: counted up by length, then by symbol.
    static let codes: [UInt32] = {
        var codes = [UInt32](repeating: 0, count: lengths.count)
        var next: UInt32 = 0
        var length = lengths.min() ?? 0
        for symbol in lengths.indices.sorted(by: { (lengths[$0], $0) < (lengths[$1], $1) }) {
            next <<= UInt32(lengths[symbol] - length)
            length = lengths[symbol]
            codes[symbol] = next
            next += 1
        }
        return codes
    }()

    /// How many bytes `text` takes when encoded.
    static func encodedLength(_ text: UnsafeRawBufferPointer) -> Int {
        lengths.withUnsafeBufferPointer { lengths in
            var bits = 0
            for byte in text { bits &+= Int(lengths[Int(byte)]) }
            return (bits + 7) / 8
        }
    }

    /// Appends `text`, padded with the first bits of the end of string (§5.2).
    static func encode(_ text: UnsafeRawBufferPointer, into output: inout [UInt8]) {
        var bits: UInt64 = 0
        var count = 0
        lengths.withUnsafeBufferPointer { lengths in
            codes.withUnsafeBufferPointer { codes in
                for byte in text {
                    let length = Int(lengths[Int(byte)])
                    bits = bits << UInt64(length) | UInt64(codes[Int(byte)])
                    count &+= length
                    while count >= 8 {
                        count &-= 8
                        output.append(UInt8(truncatingIfNeeded: bits >> UInt64(count)))
                    }
                }
            }
        }
        if count > 0 {
            output.append(UInt8(truncatingIfNeeded: bits << UInt64(8 - count) | UInt64(0xFF >> count)))
        }
    }
}
