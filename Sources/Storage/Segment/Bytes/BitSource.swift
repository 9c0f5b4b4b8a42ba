/// Reads packed numbers at any bit offset. Callers check bounds once a column: the run ends with eight zero bytes.
struct BitSource {
    let bytes: UnsafeRawBufferPointer

    /// How many bits there are before the padding.
    var bitCount: Int { max(0, bytes.count - BitSink.padding) * 8 }

    @inline(__always)
    func read(_ offset: Int, _ width: Int) -> UInt64 {
        if width == 0 { return 0 }
        precondition(offset >= 0 && offset + width <= bitCount, "a packed number lies outside its block")
        let byte = offset >> 3
        let shift = UInt64(offset & 7)
        var word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: byte, as: UInt64.self)) >> shift
        if shift > 0, width > 64 - Int(shift) { word |= UInt64(bytes[byte + 8]) << (64 - shift) }
        return width == 64 ? word : word & (1 << UInt64(width) - 1)
    }

    /// How many of the `count` bits from `offset` on are set.
    func setBits(_ offset: Int, _ count: Int) -> Int {
        var set = 0
        var done = 0
        while done < count {
            let width = min(64, count - done)
            set += read(offset + done, width).nonzeroBitCount
            done += width
        }
        return set
    }
}
