/// A cursor over bytes in the notation of `Schemas/segment.md`.
struct PlainBytes {
    let bytes: [UInt8]
    var position: Int

    init(_ bytes: [UInt8], at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ count: Int) throws -> [UInt8] {
        guard count >= 0, count <= bytes.count - position else {
            throw PlainError("\(count) bytes wanted at \(position) of \(bytes.count)")
        }
        position += count
        return Array(bytes[position - count..<position])
    }

    mutating func u8() throws -> UInt8 { try take(1)[0] }

    mutating func u16() throws -> UInt16 { UInt16(try number(2)) }

    mutating func u32() throws -> UInt32 { UInt32(try number(4)) }

    mutating func u64() throws -> UInt64 { try number(8) }

    /// Eight bytes, the most significant first: a span's id.
    mutating func id() throws -> UInt64 { try take(8).reduce(0) { $0 << 8 | UInt64($1) } }

    private mutating func number(_ count: Int) throws -> UInt64 {
        try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try u8()
            if shift == 63, byte > 1 { throw PlainError("a varint of more than 64 bits ends at \(position)") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    mutating func zigzag() throws -> Int64 {
        let code = try varint()
        return Int64(bitPattern: code >> 1) ^ -Int64(bitPattern: code & 1)
    }

    /// A varint that counts things of which each takes at least a byte, or a row.
    mutating func count(atMost limit: Int = 1 << 30) throws -> Int {
        let value = try varint()
        guard value <= UInt64(limit) else { throw PlainError("a count of \(value) before \(position)") }
        return Int(value)
    }

    /// A varint that numbers one of `limit` things from 0.
    mutating func index(below limit: Int) throws -> Int {
        let value = try varint()
        guard value < UInt64(limit) else { throw PlainError("number \(value) of \(limit) before \(position)") }
        return Int(value)
    }

    mutating func u32Varint() throws -> UInt32 {
        guard let value = UInt32(exactly: try varint()) else { throw PlainError("not 32 bits before \(position)") }
        return value
    }

    mutating func i32Zigzag() throws -> Int32 {
        guard let value = Int32(exactly: try zigzag()) else { throw PlainError("not 32 bits before \(position)") }
        return value
    }

    mutating func string() throws -> [UInt8] { try take(try count()) }

    /// Planes of `count` numbers: the lowest byte of each, then the next byte of each.
    mutating func planes(_ count: Int) throws -> [Int] {
        let planes = Int(try u8())
        guard planes <= 4 else { throw PlainError("\(planes) planes before \(position)") }
        return try self.planes(of: planes, count)
    }

    mutating func planes(of planes: Int, _ count: Int) throws -> [Int] {
        var numbers = [Int](repeating: 0, count: count)
        for plane in 0..<planes {
            for (index, byte) in try take(count).enumerated() { numbers[index] |= Int(byte) << (8 * plane) }
        }
        return numbers
    }

    /// Pairs of a row and what `read` takes, of which each says how many rows it skipped.
    mutating func sparse<T>(rows: Int, _ read: (inout PlainBytes) throws -> T) throws -> [(row: Int, value: T)] {
        var pairs: [(row: Int, value: T)] = []
        var next = 0
        for _ in 0..<(try count(atMost: rows)) {
            let row = next + (try count())
            guard row < rows else { throw PlainError("row \(row) of \(rows) before \(position)") }
            pairs.append((row, try read(&self)))
            next = row + 1
        }
        return pairs
    }
}
