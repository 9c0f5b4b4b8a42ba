/// The parts of protobuf's encoding that metric families need.
extension [UInt8] {
    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    mutating func append(_ field: UInt64, varint value: UInt64) {
        append(varint: field << 3)
        append(varint: value)
    }

    mutating func append(_ field: UInt64, zigzag value: Int64) {
        append(field, varint: Self.zigzag(value))
    }

    mutating func append(_ field: UInt64, double value: Double) {
        append(varint: field << 3 | 1)
        Swift.withUnsafeBytes(of: value.bitPattern.littleEndian) { append(contentsOf: $0) }
    }

    mutating func append(_ field: UInt64, text: String) {
        append(varint: field << 3 | 2)
        append(varint: UInt64(text.utf8.count))
        self += text.utf8
    }

    /// A message inside: written in place, its length put before it afterwards.
    mutating func append(_ field: UInt64, message body: (inout [UInt8]) -> Void) {
        append(varint: field << 3 | 2)
        appendDelimited(body)
    }

    /// A message behind its length.
    mutating func appendDelimited(_ body: (inout [UInt8]) -> Void) {
        let start = count
        // Most messages are shorter than 128 bytes: one byte of length is set aside.
        append(0)
        body(&self)
        let length = UInt64(count - start - 1)
        if length < 0x80 {
            self[start] = UInt8(length)
        } else {
            var prefix: [UInt8] = []
            prefix.append(varint: length)
            replaceSubrange(start...start, with: prefix)
        }
    }

    static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
}
