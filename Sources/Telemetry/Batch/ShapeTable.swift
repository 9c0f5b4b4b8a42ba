/// The distinct attribute layouts of a batch: ordered keys with their value types, each layout stored once.
///
/// Services record the same attributes again and again; a span then holds a shape number and its payloads.
/// Shape 0 is the empty layout in every table.
@frozen
public struct ShapeTable: Sendable {
    /// The fields of all shapes, one after another.
    public private(set) var fields: [ShapeField]
    /// `ends[i]` is where shape `i` ends in `fields`.
    @usableFromInline var ends: [UInt32]
    @usableFromInline var hashes: [UInt64]
    @usableFromInline var slots: [UInt32]

    public init() {
        fields = []
        ends = [0]
        hashes = [0]
        slots = []
    }

    @inlinable public var count: Int { ends.count }

    public mutating func removeAll() {
        fields.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        ends.append(0)
        hashes.removeAll(keepingCapacity: true)
        hashes.append(0)
        for index in slots.indices { slots[index] = 0 }
    }

    /// Where the fields of `shape` lie in `fields`.
    @inlinable
    public func range(_ shape: UInt32) -> Range<Int> {
        let index = Int(shape)
        return (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
    }

    @inlinable
    public func fieldCount(_ shape: UInt32) -> Int { range(shape).count }

    /// The shape equal to `layout`, added when there is none.
    public mutating func intern(_ layout: [ShapeField]) -> UInt32 {
        layout.withUnsafeBufferPointer { intern($0) }
    }

    public mutating func intern(_ layout: UnsafeBufferPointer<ShapeField>) -> UInt32 {
        if layout.isEmpty { return 0 }
        if (ends.count + 1) * 2 > slots.count { grow() }
        var hash = ByteHash.seed ^ UInt64(layout.count)
        for field in layout {
            hash = ByteHash.mix(
                hash ^ (UInt64(field.key.rawValue) << 8 | UInt64(field.type.rawValue)), 0xA076_1D64_78BD_642F)
        }
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let shape = slots[slot]
            if hashes[Int(shape)] == hash, isEqual(shape, layout) { return shape }
            slot = (slot &+ 1) & mask
        }
        let shape = UInt32(truncatingIfNeeded: ends.count)
        slots[slot] = shape
        fields.append(contentsOf: layout)
        ends.append(UInt32(fields.count))
        hashes.append(hash)
        return shape
    }

    private func isEqual(_ shape: UInt32, _ layout: UnsafeBufferPointer<ShapeField>) -> Bool {
        let range = range(shape)
        guard range.count == layout.count else { return false }
        for index in 0..<layout.count where fields[range.lowerBound + index] != layout[index] { return false }
        return true
    }

    private mutating func grow() {
        let capacity = max(32, slots.count * 2)
        slots = [UInt32](repeating: 0, count: capacity)
        for shape in 1..<max(1, ends.count) {
            var slot = Int(truncatingIfNeeded: hashes[shape]) & (capacity - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = UInt32(shape)
        }
    }
}
