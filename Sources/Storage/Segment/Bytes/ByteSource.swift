import Telemetry

/// Bytes of a segment being read, every access within bounds; an error names the file and the offset.
struct ByteSource {
    let bytes: UnsafeRawBufferPointer
    let path: String
    /// What the bytes are, for errors.
    let what: String
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer, path: String, what: String) {
        self.bytes = bytes
        self.path = path
        self.what = what
    }

    var remaining: Int { bytes.count - position }

    func error(_ problem: String, at offset: Int) -> StoreError {
        StoreError(.corrupt, "\(what) is damaged: it has \(problem) at its byte \(offset)", path: path)
    }

    @inline(__always)
    mutating func byte() throws(StoreError) -> UInt8 {
        guard position < bytes.count else { throw error("no byte where one is expected", at: position) }
        let value = bytes[position]
        position &+= 1
        return value
    }

    @inline(__always)
    mutating func varint() throws(StoreError) -> UInt64 {
        if position < bytes.count, bytes[position] < 0x80 {
            let value = UInt64(bytes[position])
            position &+= 1
            return value
        }
        return try longVarint()
    }

    @inline(never)
    private mutating func longVarint() throws(StoreError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count, shift < 64 {
            let byte = bytes[position]
            position &+= 1
            if shift == 63, byte > 1 { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw error("a number that does not end within 64 bits", at: start)
    }

    /// A varint that must be at most `limit`.
    mutating func count(_ name: String, limit: Int) throws(StoreError) -> Int {
        let start = position
        let value = try varint()
        guard limit >= 0, value <= UInt64(limit) else {
            throw error("\(value) \(name), where at most \(limit) can be", at: start)
        }
        return Int(value)
    }

    mutating func index(_ name: String, below limit: Int) throws(StoreError) -> UInt32 {
        let start = position
        let value = try varint()
        guard limit >= 0, value < UInt64(limit) else { throw error("\(name) \(value) of \(limit)", at: start) }
        return UInt32(truncatingIfNeeded: value)
    }

    mutating func word32(_ name: String) throws(StoreError) -> UInt32 {
        let start = position
        let value = try varint()
        guard value <= UInt64(UInt32.max) else { throw error("\(name) \(value), more than 32 bits", at: start) }
        return UInt32(value)
    }

    mutating func zigzag() throws(StoreError) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func zigzag32(_ name: String) throws(StoreError) -> Int32 {
        let start = position
        guard let value = Int32(exactly: try zigzag()) else { throw error("\(name) beyond 32 bits", at: start) }
        return value
    }

    mutating func fixed16() throws(StoreError) -> UInt16 { try fixed() }
    mutating func fixed32() throws(StoreError) -> UInt32 { try fixed() }
    mutating func fixed64() throws(StoreError) -> UInt64 { try fixed() }

    private mutating func fixed<T: FixedWidthInteger & BitwiseCopyable>() throws(StoreError) -> T {
        let raw = try raw(MemoryLayout<T>.size)
        return T(littleEndian: raw.loadUnaligned(as: T.self))
    }

    @inline(__always)
    mutating func raw(_ count: Int) throws(StoreError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw error("\(remaining) bytes where \(count) are expected", at: position)
        }
        let slice = UnsafeRawBufferPointer(rebasing: bytes[position..<position &+ count])
        position &+= count
        return slice
    }

    /// A varint length and as many bytes.
    @inline(__always)
    mutating func string() throws(StoreError) -> UnsafeRawBufferPointer {
        let start = position
        let length = try varint()
        guard length <= UInt64(remaining) else {
            throw error("a string of \(length) bytes where \(remaining) are left", at: start)
        }
        return try raw(Int(length))
    }

    mutating func expectEnd() throws(StoreError) {
        guard remaining == 0 else { throw error("\(remaining) bytes after its end", at: position) }
    }
}
