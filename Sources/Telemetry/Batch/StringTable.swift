/// A number that stands for a byte string of one `StringTable`. Zero is the empty string in every table.
@frozen
public struct StringRef: Hashable, Sendable {
    public var rawValue: UInt32
    @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
    @inlinable public static var empty: StringRef { StringRef(0) }
}

/// Byte strings in one arena, each distinct string stored once when interned.
///
/// Holds bytes, not `String`: telemetry that is not valid UTF-8 comes back as it went in. Entries are never removed;
/// `removeAll` keeps the memory for the next batch.
@frozen
public struct StringTable: Sendable {
    @usableFromInline var arena: [UInt8]
    /// `ends[i]` is where entry `i` ends in the arena; entry 0 is empty.
    @usableFromInline var ends: [UInt32]
    /// Open addressing, linear probing; 0 is a free slot (entry 0 is never looked up by hash).
    @usableFromInline var slots: [UInt32]
    @usableFromInline var hashes: [UInt32]

    public init() {
        arena = []
        ends = [0]
        slots = []
        hashes = [0]
    }

    /// How many entries there are, the empty one included. Valid refs are `0..<count`.
    @inlinable public var count: Int { ends.count }
    /// Bytes of all entries together.
    @inlinable public var byteCount: Int { arena.count }

    public mutating func removeAll() {
        arena.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        ends.append(0)
        hashes.removeAll(keepingCapacity: true)
        hashes.append(0)
        for index in slots.indices { slots[index] = 0 }
    }

    public mutating func reserve(strings: Int, bytes: Int) {
        arena.reserveCapacity(bytes)
        ends.reserveCapacity(strings + 1)
        hashes.reserveCapacity(strings + 1)
        var capacity = max(64, slots.count)
        while capacity < (strings + 1) * 2 { capacity *= 2 }
        if capacity > slots.count { makeSlots(capacity) }
    }

    /// Where entry `ref` lies in the arena.
    @inlinable
    public func range(_ ref: StringRef) -> Range<Int> {
        let index = Int(ref.rawValue)
        return (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
    }

    /// The bytes of `ref`; the pointer is valid only inside `body`.
    @inlinable
    public func withBytes<R>(_ ref: StringRef, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        let range = range(ref)
        return try arena.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }

    /// The whole arena; with `range(_:)`, for loops over many entries.
    @inlinable
    public func withArena<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try arena.withUnsafeBytes(body)
    }

    /// The bytes of `ref`, copied.
    public func bytes(_ ref: StringRef) -> [UInt8] { Array(arena[range(ref)]) }

    /// The text of `ref`, invalid UTF-8 repaired.
    public func string(_ ref: StringRef) -> String {
        withBytes(ref) { String(decoding: $0, as: UTF8.self) }
    }

    /// The entry equal to `bytes`, added when there is none.
    @inlinable
    public mutating func intern(_ bytes: UnsafeRawBufferPointer) -> StringRef {
        if bytes.isEmpty { return .empty }
        if (ends.count + 1) * 2 > slots.count { grow() }
        let hash = ByteHash.hash(bytes)
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[slot]
            if entry == 0 {
                let ref = UInt32(truncatingIfNeeded: ends.count)
                slots[slot] = ref
                return appendEntry(bytes, hash: UInt32(truncatingIfNeeded: hash))
            }
            if hashes[Int(entry)] == UInt32(truncatingIfNeeded: hash), isEqual(StringRef(entry), bytes) {
                return StringRef(entry)
            }
            slot = (slot &+ 1) & mask
        }
    }

    @inlinable
    public mutating func intern(_ text: String) -> StringRef {
        var text = text
        return text.withUTF8 { intern(UnsafeRawBufferPointer($0)) }
    }

    @inlinable
    public mutating func intern(_ bytes: [UInt8]) -> StringRef { bytes.withUnsafeBytes { intern($0) } }

    /// The entry equal to `bytes`, or `nil`; never adds.
    public func find(_ bytes: UnsafeRawBufferPointer) -> StringRef? {
        if bytes.isEmpty { return .empty }
        if slots.isEmpty { return nil }
        let hash = ByteHash.hash(bytes)
        let mask = slots.count &- 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            let entry = slots[slot]
            if hashes[Int(entry)] == UInt32(truncatingIfNeeded: hash), isEqual(StringRef(entry), bytes) {
                return StringRef(entry)
            }
            slot = (slot &+ 1) & mask
        }
        return nil
    }

    @inlinable
    func isEqual(_ ref: StringRef, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let range = range(ref)
        guard range.count == bytes.count else { return false }
        return arena.withUnsafeBytes { arena in
            ByteHash.equal(UnsafeRawBufferPointer(rebasing: arena[range]), bytes)
        }
    }

    @inlinable
    mutating func appendEntry(_ bytes: UnsafeRawBufferPointer, hash: UInt32) -> StringRef {
        precondition(arena.count + bytes.count <= Int(UInt32.max), "a string table holds at most 4 GiB")
        let ref = StringRef(UInt32(truncatingIfNeeded: ends.count))
        arena.append(contentsOf: bytes)
        ends.append(UInt32(truncatingIfNeeded: arena.count))
        hashes.append(hash)
        return ref
    }

    @usableFromInline
    mutating func grow() { makeSlots(max(64, slots.count * 2)) }

    private mutating func makeSlots(_ capacity: Int) {
        slots = [UInt32](repeating: 0, count: capacity)
        let mask = capacity &- 1
        // Slots are found by the low bits; 32 stored bits are enough for any table that fits in an arena.
        for entry in 1..<max(1, ends.count) {
            var slot = Int(hashes[entry]) & mask
            while slots[slot] != 0 { slot = (slot &+ 1) & mask }
            slots[slot] = UInt32(entry)
        }
    }
}
