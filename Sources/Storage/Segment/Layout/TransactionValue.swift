/// A transaction's value in its short form: most are UUIDs, which take 16 bytes instead of 36.
enum TransactionValue {
    /// The 16 bytes of a lower-case UUID; `nil` for any other text.
    static func uuid(_ text: [UInt8]) -> [UInt8]? {
        guard text.count == 36 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        var high: UInt8?
        for (index, byte) in text.enumerated() {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == 0x2D else { return nil }
                continue
            }
            guard StringShape.isHexDigit(byte) else { return nil }
            let nibble = byte < 0x3A ? byte - 0x30 : byte - 0x57
            if let first = high {
                bytes.append(first << 4 | nibble)
                high = nil
            } else {
                high = nibble
            }
        }
        return bytes
    }

    /// The 36 characters of a UUID.
    static func text(_ uuid: UnsafeRawBufferPointer, isUpper: Bool = false) -> [UInt8] {
        let letters: UInt8 = isUpper ? 0x37 : 0x57
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, byte) in uuid.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text.append(0x2D) }
            for nibble in [byte >> 4, byte & 0xF] { text.append(nibble < 10 ? 0x30 + nibble : letters + nibble) }
        }
        return text
    }
}
