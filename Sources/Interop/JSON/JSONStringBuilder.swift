/// The unescaped bytes of one string, in memory that is used again for the next.
struct JSONStringBuilder {
    private(set) var memory: UnsafeMutableRawPointer?
    private(set) var capacity: Int
    private var count = 0

    init(memory: UnsafeMutableRawPointer?, capacity: Int) {
        self.memory = memory
        self.capacity = capacity
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        reserve(bytes.count)
        (memory! + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        memory!.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// A Unicode scalar as UTF-8.
    mutating func append(scalar value: UInt32) {
        switch value {
        case 0..<0x80: append(UInt8(value))
        case 0x80..<0x800:
            append(0xC0 | UInt8(value >> 6))
            append(0x80 | UInt8(value & 0x3F))
        case 0x800..<0x1_0000:
            append(0xE0 | UInt8(value >> 12))
            append(0x80 | UInt8(value >> 6 & 0x3F))
            append(0x80 | UInt8(value & 0x3F))
        default:
            append(0xF0 | UInt8(value >> 18))
            append(0x80 | UInt8(value >> 12 & 0x3F))
            append(0x80 | UInt8(value >> 6 & 0x3F))
            append(0x80 | UInt8(value & 0x3F))
        }
    }

    private mutating func reserve(_ more: Int) {
        if count + more <= capacity { return }
        let larger = max(256, (count + more) * 2)
        let grown = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
        if let memory {
            grown.copyMemory(from: memory, byteCount: count)
            memory.deallocate()
        }
        memory = grown
        capacity = larger
    }
}
