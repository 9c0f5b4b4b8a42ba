/// A cursor over protobuf bytes. Every read is checked against the end of the innermost message; after a fault
/// `position` is at the element that could not be read.
///
/// The memory must outlive the reader: it lives inside one `decode` call.
struct ProtobufReader {
    enum WireType {
        static let varint: UInt64 = 0
        static let fixed64: UInt64 = 1
        static let bytes: UInt64 = 2
        static let fixed32: UInt64 = 5
    }

    let base: UnsafeRawPointer
    var position: Int
    /// Where the innermost message ends.
    var end: Int

    init(base: UnsafeRawPointer, range: Range<Int>) {
        self.base = base
        position = range.lowerBound
        end = range.upperBound
    }

    @inline(__always)
    var atEnd: Bool { position >= end }

    /// Narrows the cursor to a submessage; returns what `leave` needs.
    @inline(__always)
    mutating func enter(_ range: Range<Int>) -> Int {
        let outer = end
        position = range.lowerBound
        end = range.upperBound
        return outer
    }

    /// Widens the cursor again, after the whole submessage was read.
    @inline(__always)
    mutating func leave(_ outer: Int) { end = outer }

    @inline(__always)
    func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    @inline(__always)
    mutating func varint() throws(DecodeFault) -> UInt64 {
        if position < end {
            let byte = base.load(fromByteOffset: position, as: UInt8.self)
            if byte < 0x80 {
                position &+= 1
                return UInt64(byte)
            }
        }
        return try longVarint()
    }

    private mutating func longVarint() throws(DecodeFault) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        var cursor = position
        while cursor < end {
            let byte = base.load(fromByteOffset: cursor, as: UInt8.self)
            cursor &+= 1
            if shift == 63, byte > 1 { throw .varintTooLong }
            value |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 {
                position = cursor
                return value
            }
            shift &+= 7
            if shift > 63 { throw .varintTooLong }
        }
        throw .truncatedVarint
    }

    /// A field's tag: number in the high bits, wire type in the low three.
    @inline(__always)
    mutating func tag() throws(DecodeFault) -> UInt64 {
        let start = position
        let tag = try varint()
        if tag < 8 || tag > 0xFFFF_FFFF {
            position = start
            throw .fieldNumber
        }
        return tag
    }

    /// The range of a length-delimited field's body; moves past it.
    @inline(__always)
    mutating func body() throws(DecodeFault) -> Range<Int> {
        let start = position
        let length = try varint()
        if length > UInt64(end &- position) {
            position = start
            throw .lengthBeyondMessage
        }
        let lower = position
        position = lower &+ Int(truncatingIfNeeded: length)
        return Range(uncheckedBounds: (lower, position))
    }

    @inline(__always)
    mutating func fixed64() throws(DecodeFault) -> UInt64 {
        if end &- position < 8 { throw .truncatedFixed }
        defer { position &+= 8 }
        return UInt64(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    @inline(__always)
    mutating func fixed32() throws(DecodeFault) -> UInt32 {
        if end &- position < 4 { throw .truncatedFixed }
        defer { position &+= 4 }
        return UInt32(littleEndian: base.loadUnaligned(fromByteOffset: position, as: UInt32.self))
    }

    /// Moves past the value of an unknown field. `known` holds one bit for each field number below 64 that the message
    /// defines: such a field is here only because its wire type is not the defined one.
    mutating func skip(_ tag: UInt64, known: UInt64) throws(DecodeFault) {
        let number = tag >> 3
        if number < 64, known >> number & 1 == 1 { throw .wrongWireType }
        switch tag & 7 {
        case WireType.varint: _ = try varint()
        case WireType.fixed64: _ = try fixed64()
        case WireType.bytes: _ = try body()
        case WireType.fixed32: _ = try fixed32()
        case 3, 4: throw .group
        default: throw .unknownWireType
        }
    }
}
