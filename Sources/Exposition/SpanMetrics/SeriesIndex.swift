/// From a key of 63 bits to a place in a list: open addressing, linear probing, no removal.
struct SeriesIndex: Sendable {
    private struct Slot {
        /// With its highest bit set; 0 is free.
        var key: UInt64 = 0
        var value: UInt32 = 0
    }

    private static let used: UInt64 = 1 << 63
    private var slots: [Slot]
    private var shift: UInt64
    private(set) var count = 0

    init() {
        slots = [Slot](repeating: Slot(), count: 64)
        shift = 64 - 6
    }

    @inline(__always)
    func find(_ key: UInt64) -> Int? {
        let wanted = key | SeriesIndex.used
        var place = start(wanted)
        while true {
            let slot = slots[place]
            if slot.key == wanted { return Int(slot.value) }
            if slot.key == 0 { return nil }
            place = (place &+ 1) & (slots.count &- 1)
        }
    }

    /// `key` must not be there yet.
    mutating func insert(_ key: UInt64, _ value: Int) {
        if (count + 1) * 2 > slots.count { grow() }
        put(Slot(key: key | SeriesIndex.used, value: UInt32(value)))
        count += 1
    }

    private mutating func put(_ slot: Slot) {
        var place = start(slot.key)
        while slots[place].key != 0 { place = (place &+ 1) & (slots.count &- 1) }
        slots[place] = slot
    }

    private mutating func grow() {
        let before = slots
        slots = [Slot](repeating: Slot(), count: before.count * 2)
        shift -= 1
        for slot in before where slot.key != 0 { put(slot) }
    }

    /// Fibonacci hashing: the high bits of a product.
    @inline(__always)
    private func start(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> shift)
    }
}
