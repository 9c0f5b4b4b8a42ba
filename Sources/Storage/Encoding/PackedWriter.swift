/// Bytes under construction: little-endian integers, and columns packed to the width that their range needs.
///
/// Grows and is reused; never shrinks. What it writes, `PackedReader` reads.
struct PackedWriter: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 4096) {
        self.capacity = capacity
        base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    mutating func removeAll() { count = 0 }

    /// Keeps only the first `count` bytes.
    mutating func cut(to count: Int) {
        precondition(count <= self.count)
        self.count = count
    }

    /// Makes room for `additional` bytes and returns where they go; `advance` then says how many were used.
    mutating func reserve(_ additional: Int) -> UnsafeMutableRawPointer {
        if count + additional > capacity {
            let larger = max(capacity * 2, count + additional)
            let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
            moved.copyMemory(from: base, byteCount: count)
            base.deallocate()
            base = moved
            capacity = larger
        }
        return base + count
    }

    mutating func advance(_ used: Int) {
        precondition(count + used <= capacity)
        count += used
    }

    mutating func append<T: FixedWidthInteger>(_ value: T) {
        reserve(MemoryLayout<T>.size).storeBytes(of: value.littleEndian, as: T.self)
        count += MemoryLayout<T>.size
    }

    /// Overwrites an integer written before.
    mutating func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
        precondition(offset + MemoryLayout<T>.size <= count)
        (base + offset).storeBytes(of: value.littleEndian, as: T.self)
    }

    mutating func append(raw: UnsafeRawBufferPointer) {
        guard let source = raw.baseAddress else { return }
        reserve(raw.count).copyMemory(from: source, byteCount: raw.count)
        count += raw.count
    }

    /// A 32-bit length and the UTF-8.
    mutating func append(text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(UInt32(utf8.count))
            append(raw: UnsafeRawBufferPointer(utf8))
        }
    }

    /// A column: its smallest value, the bytes that the range needs (0, 1, 2, 4 or 8), then each value less the
    /// smallest in so many bytes. Constant columns take nine bytes in all.
    @inline(__always)
    mutating func appendColumn(_ rows: Int, _ value: (Int) -> UInt64) {
        var low = UInt64.max
        var high: UInt64 = 0
        for row in 0..<rows {
            let element = value(row)
            low = min(low, element)
            high = max(high, element)
        }
        if rows == 0 { low = 0 }
        let width = PackedWidth(range: high &- low)
        append(width.rawValue)
        append(low)
        let target = reserve(rows * width.bytes)
        switch width {
        case .none: break
        case .one:
            let cells = target.assumingMemoryBound(to: UInt8.self)
            for row in 0..<rows { cells[row] = UInt8(truncatingIfNeeded: value(row) &- low) }
        case .two:
            for row in 0..<rows {
                (target + row &* 2).storeBytes(
                    of: UInt16(truncatingIfNeeded: value(row) &- low).littleEndian, as: UInt16.self)
            }
        case .four:
            for row in 0..<rows {
                (target + row &* 4).storeBytes(
                    of: UInt32(truncatingIfNeeded: value(row) &- low).littleEndian, as: UInt32.self)
            }
        case .eight:
            for row in 0..<rows {
                (target + row &* 8).storeBytes(of: (value(row) &- low).littleEndian, as: UInt64.self)
            }
        }
        count += rows * width.bytes
    }

    /// Values of mixed sizes, as attribute payloads are: two bits of width each (1, 2, 4 or 8 bytes), four to a byte,
    /// all widths first; then the values.
    mutating func appendMixed(_ values: UnsafeBufferPointer<UInt64>) {
        let widthBytes = (values.count + 3) / 4
        // Eight more, so that every value can be stored as a whole word.
        let target = reserve(widthBytes + values.count * 8 + 8)
        var position = widthBytes
        var index = 0
        while index < values.count {
            var widths: UInt8 = 0
            let end = min(index + 4, values.count)
            var shift: UInt8 = 0
            let widthIndex = index / 4
            while index < end {
                let value = values[index]
                let code = MixedWidth.code(of: value)
                widths |= code << shift
                shift &+= 2
                (target + position).storeBytes(of: value.littleEndian, as: UInt64.self)
                position &+= 1 << Int(code)
                index &+= 1
            }
            (target + widthIndex).storeBytes(of: widths, as: UInt8.self)
        }
        count += position
    }
}

/// How many bytes the cells of a packed column have.
enum PackedWidth: UInt8 {
    case none = 0
    case one = 1
    case two = 2
    case four = 4
    case eight = 8

    init(range: UInt64) {
        self =
            if range == 0 { .none } else if range <= 0xFF { .one } else if range <= 0xFFFF {
                .two
            } else if range
                <= 0xFFFF_FFFF
            { .four } else { .eight }
    }

    var bytes: Int { Int(rawValue) }
}

/// Widths of `PackedWriter.appendMixed`: 1, 2, 4 or 8 bytes as 0, 1, 2, 3.
enum MixedWidth {
    @inline(__always)
    static func code(of value: UInt64) -> UInt8 {
        (value > 0xFF ? 1 : 0) &+ (value > 0xFFFF ? 1 : 0) &+ (value > 0xFFFF_FFFF ? 1 : 0)
    }
}
