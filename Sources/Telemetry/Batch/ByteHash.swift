/// A fast 64-bit hash of bytes for in-memory tables: folded 64×64→128-bit multiplication over 8-byte words, in the
/// manner of wyhash. Seeded once per process, so that nobody outside can aim for collisions. Never stored.
public enum ByteHash {
    public static let seed = UInt64.random(in: 1 ... .max)

    @inlinable
    public static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    @inlinable
    public static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let count = bytes.count
        var state = seed ^ UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
        var offset = 0
        while count &- offset >= 8 {
            let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            state = mix(state ^ word, 0xA076_1D64_78BD_642F)
            offset &+= 8
        }
        if offset < count {
            var tail: UInt64 = 0
            if count >= 8 {
                tail = bytes.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
            } else {
                while offset < count {
                    tail = tail << 8 | UInt64(bytes[offset])
                    offset &+= 1
                }
            }
            state = mix(state ^ tail, 0xE703_7ED1_A0B4_28DB)
        }
        return mix(state, 0x8EBC_6AF0_9C88_C6E3)
    }

    /// Whether two byte strings of the same length are equal, word by word.
    @inlinable
    public static func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        var offset = 0
        while left.count &- offset >= 8 {
            guard
                left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    == right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            else { return false }
            offset &+= 8
        }
        while offset < left.count {
            guard left[offset] == right[offset] else { return false }
            offset &+= 1
        }
        return true
    }
}
