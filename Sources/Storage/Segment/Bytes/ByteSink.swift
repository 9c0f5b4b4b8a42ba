/// Bytes being written: little-endian integers, LEB128 varints, length-prefixed strings.
struct ByteSink {
    let buffer: GrowingBuffer<UInt8>

    init(capacity: Int = 256) { buffer = GrowingBuffer(capacity: capacity) }

    var count: Int { buffer.count }
    var bytes: UnsafeRawBufferPointer { buffer.bytes }

    @inline(__always)
    func byte(_ value: UInt8) { buffer.append(value) }

    @inline(__always)
    func varint(_ value: UInt64) {
        if value < 0x80 {
            buffer.append(UInt8(truncatingIfNeeded: value))
        } else {
            longVarint(value)
        }
    }

    @inline(never)
    private func longVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            buffer.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        buffer.append(UInt8(truncatingIfNeeded: rest))
    }

    @inline(__always)
    func varint(_ value: Int) { varint(UInt64(value)) }

    @inline(__always)
    func varint(_ value: UInt32) { varint(UInt64(value)) }

    @inline(__always)
    func zigzag(_ value: Int64) { varint(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    @inline(__always)
    func fixed16(_ value: UInt16) { fixed(value) }
    @inline(__always)
    func fixed32(_ value: UInt32) { fixed(value) }
    @inline(__always)
    func fixed64(_ value: UInt64) { fixed(value) }

    @inline(__always)
    private func fixed<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        let size = MemoryLayout<T>.size
        buffer.reserveIfNeeded(size)
        UnsafeMutableRawPointer(buffer.base + buffer.count).storeBytes(of: value.littleEndian, as: T.self)
        buffer.grow(by: size)
    }

    @inline(__always)
    func raw(_ bytes: UnsafeRawBufferPointer) {
        let count = bytes.count
        if count == 0 { return }
        buffer.reserveIfNeeded(count)
        UnsafeMutableRawPointer(buffer.base + buffer.count).copyMemory(from: bytes.baseAddress!, byteCount: count)
        buffer.grow(by: count)
    }

    func raw(_ bytes: [UInt8]) { bytes.withUnsafeBytes { raw($0) } }

    /// A varint length and the bytes.
    @inline(__always)
    func string(_ bytes: UnsafeRawBufferPointer) {
        varint(UInt64(truncatingIfNeeded: bytes.count))
        raw(bytes)
    }

    /// The same for a short string, without a call where it is at most 16 bytes.
    @inline(__always)
    func string(_ bytes: UnsafeRawPointer, count: Int) {
        guard count <= 16 else {
            string(UnsafeRawBufferPointer(start: bytes, count: count))
            return
        }
        buffer.reserveIfNeeded(17)
        let target = UnsafeMutableRawPointer(buffer.base + buffer.count)
        target.storeBytes(of: UInt8(truncatingIfNeeded: count), as: UInt8.self)
        let body = target + 1
        if count >= 8 {
            // Two words that may overlap.
            body.storeBytes(of: bytes.loadUnaligned(as: UInt64.self), as: UInt64.self)
            let last = bytes.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            body.storeBytes(of: last, toByteOffset: count &- 8, as: UInt64.self)
        } else if count >= 4 {
            body.storeBytes(of: bytes.loadUnaligned(as: UInt32.self), as: UInt32.self)
            let last = bytes.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            body.storeBytes(of: last, toByteOffset: count &- 4, as: UInt32.self)
        } else {
            for index in 0..<count {
                body.storeBytes(
                    of: bytes.load(fromByteOffset: index, as: UInt8.self), toByteOffset: index, as: UInt8.self)
            }
        }
        buffer.grow(by: count &+ 1)
    }

    func string(_ text: String) {
        var text = text
        text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
    }

    func removeAll() { buffer.removeAll() }
}

extension GrowingBuffer {
    @inline(__always)
    func reserveIfNeeded(_ extra: Int) { if count &+ extra > capacity { reserve(extra) } }
}
