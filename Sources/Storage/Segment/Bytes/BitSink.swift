/// Bits being written, least significant first, without any alignment between values.
struct BitSink {
    let buffer: GrowingBuffer<UInt8>
    private var word: UInt64 = 0
    private var used: UInt64 = 0

    init(capacity: Int = 1 << 16) { buffer = GrowingBuffer(capacity: capacity) }

    /// Bits written so far.
    var bitCount: Int { buffer.count * 8 + Int(used) }

    /// Writes the low `width` bits of `value`; `width` is 0...64 and the bits above are zero.
    @inline(__always)
    mutating func write(_ value: UInt64, _ width: UInt64) {
        assert(width == 64 || value >> width == 0)
        word |= value &<< used
        let total = used &+ width
        if total < 64 {
            used = total
            return
        }
        flushWord()
        // The bits of `value` that did not fit; shifting by 64 must give zero, `>>` does that.
        word = used == 0 ? 0 : value >> (64 &- used)
        used = total &- 64
    }

    @inline(__always)
    private mutating func flushWord() {
        buffer.reserveIfNeeded(8)
        UnsafeMutableRawPointer(buffer.base + buffer.count).storeBytes(of: word.littleEndian, as: UInt64.self)
        buffer.grow(by: 8)
    }

    /// Ends the run: the last byte filled with zeros, then eight zero bytes, so that a reader may load whole words.
    mutating func finish() {
        while used > 0 {
            buffer.append(UInt8(truncatingIfNeeded: word))
            word >>= 8
            used = used > 8 ? used - 8 : 0
        }
        word = 0
        for _ in 0..<BitSink.padding { buffer.append(0) }
    }

    mutating func removeAll() {
        buffer.removeAll()
        word = 0
        used = 0
    }

    static let padding = 8
}
