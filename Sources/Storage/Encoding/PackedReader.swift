/// Reads what `PackedWriter` wrote. Every read is checked against the end; the error says where.
struct PackedReader {
    /// More elements than this are in no list that was ever written.
    static let maximumElements = 1 << 24

    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var remaining: Int { bytes.count - offset }

    /// The error for a value that cannot be at the current offset.
    func damaged(_ what: String) -> StoreError { StoreError(.corrupt, "\(what) at byte \(offset) of the record") }

    mutating func take(_ count: Int) throws(StoreError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw damaged("\(count) bytes are announced but not there") }
        let part = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
        offset += count
        return part
    }

    mutating func integer<T: FixedWidthInteger>(_: T.Type = T.self) throws(StoreError) -> T {
        T(littleEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: T.self))
    }

    /// A 32-bit number of elements.
    mutating func elementCount() throws(StoreError) -> Int {
        let count = Int(try integer(UInt32.self))
        guard count <= PackedReader.maximumElements else { throw damaged("a list of \(count) elements is too long") }
        return count
    }

    mutating func text() throws(StoreError) -> String {
        let length = Int(try integer(UInt32.self))
        return String(decoding: try take(length), as: UTF8.self)
    }

    /// A column of `rows` values, each below or equal to `limit`, turned into elements.
    @inline(__always)
    mutating func column<T>(
        _ rows: Int, limit: UInt64 = .max, _ make: (UInt64) -> T
    ) throws(StoreError) -> [T] {
        guard let width = PackedWidth(rawValue: try integer(UInt8.self)) else { throw damaged("an unknown width") }
        let low = try integer(UInt64.self)
        let cells = try take(rows * width.bytes)
        var highest: UInt64 = 0
        let values = [T](unsafeUninitializedCapacity: rows) { buffer, initialized in
            for row in 0..<rows {
                let cell: UInt64 =
                    switch width {
                    case .none: 0
                    case .one: UInt64(cells[row])
                    case .two:
                        UInt64(UInt16(littleEndian: cells.loadUnaligned(fromByteOffset: row * 2, as: UInt16.self)))
                    case .four:
                        UInt64(UInt32(littleEndian: cells.loadUnaligned(fromByteOffset: row * 4, as: UInt32.self)))
                    case .eight: UInt64(littleEndian: cells.loadUnaligned(fromByteOffset: row * 8, as: UInt64.self))
                    }
                let value = low &+ cell
                highest = max(highest, value)
                buffer.initializeElement(at: row, to: make(value))
            }
            initialized = rows
        }
        guard highest <= limit else { throw damaged("a reference to \(highest) goes beyond \(limit)") }
        return values
    }

    /// What `appendMixed` wrote.
    mutating func mixed(_ count: Int) throws(StoreError) -> [UInt64] {
        let widths = try take((count + 3) / 4)
        var total = 0
        for index in 0..<count { total += 1 << Int(widths[index / 4] >> UInt8(index % 4 * 2) & 3) }
        let cells = try take(total)
        var position = 0
        return [UInt64](unsafeUninitializedCapacity: count) { buffer, initialized in
            for index in 0..<count {
                let width = 1 << Int(widths[index / 4] >> UInt8(index % 4 * 2) & 3)
                var value: UInt64 = 0
                for byte in 0..<width { value |= UInt64(cells[position + byte]) << UInt64(8 * byte) }
                position += width
                buffer.initializeElement(at: index, to: value)
            }
            initialized = count
        }
    }
}
