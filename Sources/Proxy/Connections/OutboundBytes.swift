import NIOCore

/// Bytes on their way to a peer. Heads and small pieces gather in one buffer, so that a whole small message is one
/// system call and one TLS record; large pieces go by without a copy.
struct OutboundBytes {
    /// Larger pieces are written on their own instead of being copied.
    static let copyLimit = 8 * 1024

    static let capacity = 1_024

    private var gathered: ByteBuffer
    /// The buffer that was written last; used again once the channel has let go of it.
    private var written: ByteBuffer

    init(_ allocator: ByteBufferAllocator) {
        gathered = allocator.buffer(capacity: Self.capacity)
        written = ByteBuffer()
    }

    /// Changes with each `take`: places in the gathered bytes hold only within one.
    private(set) var generation = 0

    var isEmpty: Bool { gathered.readableBytes == 0 }

    mutating func withBuffer<R>(_ body: (inout ByteBuffer) -> R) -> R { body(&gathered) }

    /// Takes out what has gathered. Writing it may bring more output at once, which goes to an empty buffer.
    mutating func take() -> ByteBuffer {
        let taken = gathered
        generation &+= 1
        gathered = written
        written = ByteBuffer()
        gathered.clear(minimumCapacity: Self.capacity)
        return taken
    }

    mutating func giveBack(_ buffer: ByteBuffer) { written = buffer }
}

extension ByteBuffer {
    /// The lower-case hexadecimal size of a chunk and CRLF.
    mutating func writeChunkSize(_ count: Int) {
        var digits = (64 - UInt64(count).leadingZeroBitCount + 3) / 4
        if digits == 0 { digits = 1 }
        for place in stride(from: digits - 1, through: 0, by: -1) {
            let nibble = UInt8(truncatingIfNeeded: count >> (4 * place)) & 0xF
            writeInteger(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
        }
        writeStaticString("\r\n")
    }

    mutating func writeDecimal(_ number: Int) {
        precondition(number >= 0)
        if number < 10 {
            writeInteger(UInt8(0x30 + number))
            return
        }
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            writeInteger(UInt8(0x30 + number / divisor % 10))
            divisor /= 10
        }
    }

    /// 16 lower-case hexadecimal digits.
    mutating func writeHex(_ value: UInt64) {
        // Eight nibbles at a time, spread to bytes and turned into digits.
        writeInteger(ByteBuffer.hexDigits(UInt32(truncatingIfNeeded: value >> 32)))
        writeInteger(ByteBuffer.hexDigits(UInt32(truncatingIfNeeded: value)))
    }

    static func hexDigits(_ value: UInt32) -> UInt64 {
        var spread = UInt64(value)
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return spread &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }
}
