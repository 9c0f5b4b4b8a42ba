import Telemetry

/// The few distinct numbers of a column, by open addressing.
struct NumberDictionary {
    static let maximumEntries = 256
    private(set) var entries: [UInt64] = []
    private var slots = [UInt16](repeating: 0, count: 1024)

    /// `nil` when there are more than `maximumEntries` distinct values.
    init?(_ values: UnsafeBufferPointer<UInt64>) {
        for value in values {
            let slot = slot(of: value)
            if slots[slot] != 0 { continue }
            if entries.count == NumberDictionary.maximumEntries { return nil }
            entries.append(value)
            slots[slot] = UInt16(entries.count)
        }
    }

    func index(of value: UInt64) -> Int { Int(slots[slot(of: value)]) - 1 }

    private func slot(of value: UInt64) -> Int {
        var slot = Int(truncatingIfNeeded: ByteHash.mix(value ^ ByteHash.seed, 0xA076_1D64_78BD_642F)) & 1023
        while slots[slot] != 0, entries[Int(slots[slot]) - 1] != value { slot = (slot + 1) & 1023 }
        return slot
    }

    /// Bits that an index into `count` entries takes.
    static func width(_ count: Int) -> Int { count <= 1 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount }
}
