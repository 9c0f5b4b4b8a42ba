/// Writes the notation of `Schemas/segment.md`: what hashes are taken of.
struct PlainOutput {
    var bytes: [UInt8] = []

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func zigzag(_ value: Int64) { varint(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    mutating func string(_ value: [UInt8]) {
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func u32(_ value: UInt32) { bytes += (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    mutating func u64(_ value: UInt64) { bytes += PlainOutput.u64(value) }

    /// The most significant byte first: a span's id.
    mutating func id(_ value: UInt64) { bytes += PlainOutput.u64(value.byteSwapped) }

    static func u64(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
}
