import Telemetry

/// Finds a resource or scope that a request already carried, by its encoded bytes: exporters repeat theirs often.
struct ContentTable: Sendable {
    private struct Entry: Sendable {
        var first: Range<Int>
        var second: Range<Int>
        var index: UInt32
    }

    private var entries: [UInt64: Entry] = [:]

    mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

    @inline(__always)
    private static func bytes(_ base: UnsafeRawPointer, _ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    private static func hash(in base: UnsafeRawPointer, _ first: Range<Int>, _ second: Range<Int>) -> UInt64 {
        ByteHash.mix(ByteHash.hash(Self.bytes(base, first)), ~ByteHash.hash(Self.bytes(base, second)))
    }

    /// The index stored for equal bytes, if any.
    func find(in base: UnsafeRawPointer, _ first: Range<Int>, _ second: Range<Int>) -> UInt32? {
        guard let entry = entries[Self.hash(in: base, first, second)],
            ByteHash.equal(Self.bytes(base, entry.first), Self.bytes(base, first)),
            ByteHash.equal(Self.bytes(base, entry.second), Self.bytes(base, second))
        else { return nil }
        return entry.index
    }

    mutating func insert(in base: UnsafeRawPointer, _ first: Range<Int>, _ second: Range<Int>, index: UInt32) {
        entries[Self.hash(in: base, first, second)] = Entry(first: first, second: second, index: index)
    }
}
