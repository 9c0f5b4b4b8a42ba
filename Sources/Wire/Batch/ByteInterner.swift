import Telemetry

/// Byte strings numbered from 1 in the order they came, looked up by a hash the caller already has.
struct ByteInterner: ~Copyable {
    private var arena: [UInt8] = []
    private var ends: [UInt32] = [0]
    private var hashes: [UInt64] = [0]
    private var slots: [UInt32] = [UInt32](repeating: 0, count: 256)

    init() {}

    /// How many entries there are.
    var count: Int { ends.count - 1 }
    var byteCount: Int { arena.count }

    mutating func removeAll() { self = ByteInterner() }

    /// The number of the entry equal to `bytes`; zero when there is none.
    @inline(__always)
    func find(_ bytes: UnsafeRawBufferPointer, hash: UInt64) -> UInt32 {
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 { return 0 }
            if hashes[Int(entry)] == hash, isEqual(entry, bytes) { return entry }
            slot = (slot &+ 1) & mask
        }
    }

    /// Adds an entry that is not there yet.
    mutating func add(_ bytes: UnsafeRawBufferPointer, hash: UInt64) -> UInt32 {
        if (ends.count + 1) * 2 > slots.count { grow() }
        let entry = UInt32(ends.count)
        arena.append(contentsOf: bytes)
        ends.append(UInt32(arena.count))
        hashes.append(hash)
        place(entry)
        return entry
    }

    private func isEqual(_ entry: UInt32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let start = Int(ends[Int(entry) - 1])
        let end = Int(ends[Int(entry)])
        guard end - start == bytes.count else { return false }
        return arena.withUnsafeBytes { ByteHash.equal(UnsafeRawBufferPointer(rebasing: $0[start..<end]), bytes) }
    }

    private mutating func place(_ entry: UInt32) {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hashes[Int(entry)]) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = entry
    }

    private mutating func grow() {
        slots = [UInt32](repeating: 0, count: slots.count * 2)
        for entry in 1..<ends.count { place(UInt32(entry)) }
    }
}
