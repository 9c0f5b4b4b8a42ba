/// Distinct 64-bit hashes on their way into a filter: open addressing, as hashes are spread already.
package struct HashSet64: Sendable, Sequence {
    private var slots = [UInt64](repeating: 0, count: 1024)
    private var hasZero = false
    package private(set) var count = 0

    package init() {}

    package mutating func insert(_ hash: UInt64) {
        if hash == 0 {
            if !hasZero { count += 1 }
            hasZero = true
            return
        }
        if count * 2 >= slots.count { grow() }
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            if slots[slot] == hash { return }
            slot = (slot &+ 1) & mask
        }
        slots[slot] = hash
        count &+= 1
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: old.count * 2)
        let mask = slots.count &- 1
        for hash in old where hash != 0 {
            var slot = Int(truncatingIfNeeded: hash) & mask
            while slots[slot] != 0 { slot = (slot &+ 1) & mask }
            slots[slot] = hash
        }
    }

    package func makeIterator() -> some IteratorProtocol<UInt64> {
        (slots.lazy.filter { $0 != 0 } + (hasZero ? [0] : [])).makeIterator()
    }

    /// A filter of what was inserted.
    package func encoded(bitsPerHash: Int = SplitBlockFilter.defaultBitsPerHash) -> [UInt8] {
        SplitBlockFilter.encode(self, count: count, bitsPerHash: bitsPerHash)
    }
}
