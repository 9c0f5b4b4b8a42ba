/// PEM blocks of one label (RFC 7468).
enum PEM {
    /// The bytes of each block, in order; other labels are passed over.
    static func blocks(_ label: String, in bytes: [UInt8], path: String) throws(TLSFileError) -> [[UInt8]] {
        let begin = Array("-----BEGIN \(label)-----".utf8)
        let end = Array("-----END \(label)-----".utf8)
        var blocks: [[UInt8]] = []
        var current: [UInt8]?
        for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            if line.elementsEqual(begin) {
                current = []
            } else if line.elementsEqual(end), let text = current {
                guard let block = decode(text) else {
                    throw TLSFileError(
                        .notRevocationList, path: path, "block \(blocks.count + 1) in \(path) is not base64")
                }
                blocks.append(block)
                current = nil
            } else {
                current?.append(contentsOf: line)
            }
        }
        guard current == nil else {
            throw TLSFileError(.notRevocationList, path: path, "the last block in \(path) has no end")
        }
        return blocks
    }

    private static func decode(_ text: [UInt8]) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var count = 0
        let digits = text.prefix { $0 != UInt8(ascii: "=") }
        guard text.count % 4 == 0, text.count - digits.count <= 2 else { return nil }
        for byte in digits {
            guard let value = value(byte) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                output.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return output
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
