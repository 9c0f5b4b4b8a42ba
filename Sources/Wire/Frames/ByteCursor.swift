/// Reads the fields of one payload, every length checked. The bytes outlive the cursor.
package struct ByteCursor {
    let bytes: UnsafeRawBufferPointer
    package private(set) var offset: Int

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        offset = 0
    }

    @inline(__always) package var remaining: Int { bytes.count &- offset }

    @inline(never)
    func failure(_ field: StaticString, _ expected: String, code: WireErrorCode = .malformedFrame) -> WireError {
        WireError(code, field: "\(field)", offset: offset, expected: expected)
    }

    @inline(__always)
    mutating func byte(_ field: StaticString) throws(WireError) -> UInt8 {
        guard offset < bytes.count else { throw failure(field, "one more byte") }
        defer { offset &+= 1 }
        return bytes[offset]
    }

    @inline(__always)
    mutating func varint(_ field: StaticString) throws(WireError) -> UInt64 {
        if offset < bytes.count {
            let first = bytes[offset]
            if first < 0x80 {
                offset &+= 1
                return UInt64(first)
            }
        }
        return try longVarint(field)
    }

    private mutating func longVarint(_ field: StaticString) throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        var at = offset
        while at < bytes.count {
            let next = bytes[at]
            at &+= 1
            // The tenth byte holds the 64th bit alone.
            if shift == 63, next > 1 { throw failure(field, "a varint of at most 64 bits") }
            value |= UInt64(next & 0x7F) &<< shift
            if next < 0x80 {
                offset = at
                return value
            }
            shift &+= 7
        }
        throw failure(field, "the rest of a varint")
    }

    @inline(__always)
    mutating func zigzag(_ field: StaticString) throws(WireError) -> Int64 { ZigZag.decode(try varint(field)) }

    /// A count or length that may be at most `limit`.
    @inline(__always)
    mutating func count(_ field: StaticString, limit: Int) throws(WireError) -> Int {
        let start = offset
        let value = try varint(field)
        guard limit >= 0, value <= UInt64(limit) else {
            throw WireError(
                .limitExceeded, field: "\(field)", offset: start, expected: "at most \(limit), not \(value)")
        }
        return Int(value)
    }

    /// A number that must fit in 32 bits.
    @inline(__always)
    mutating func uint32(_ field: StaticString) throws(WireError) -> UInt32 {
        let value = try varint(field)
        guard let narrow = UInt32(exactly: value) else { throw failure(field, "a number of 32 bits") }
        return narrow
    }

    @inline(__always)
    mutating func int32(_ field: StaticString) throws(WireError) -> Int32 {
        guard let narrow = Int32(exactly: try zigzag(field)) else { throw failure(field, "a number of 32 bits") }
        return narrow
    }

    @inline(__always)
    mutating func littleEndian<Number: FixedWidthInteger>(
        _ type: Number.Type, _ field: StaticString
    ) throws(WireError) -> Number {
        let size = MemoryLayout<Number>.size
        guard remaining >= size else { throw failure(field, "\(size) bytes") }
        defer { offset &+= size }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }

    @inline(__always)
    mutating func take(_ count: Int, _ field: StaticString) throws(WireError) -> UnsafeRawBufferPointer {
        guard remaining >= count else { throw failure(field, "\(count) bytes, not \(remaining)") }
        defer { offset &+= count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset &+ count])
    }

    /// A length of at most `limit` and that many bytes of text, invalid UTF-8 refused.
    mutating func string(_ field: StaticString, limit: Int) throws(WireError) -> String {
        let length = try count(field, limit: limit)
        let start = offset
        guard let text = String(validating: try take(length, field), as: UTF8.self) else {
            throw WireError(.malformedFrame, field: "\(field)", offset: start, expected: "UTF-8 text")
        }
        return text
    }
}
