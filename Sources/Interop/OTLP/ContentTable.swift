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

    private static func hash(_ reader: ProtobufReader, _ first: Range<Int>, _ second: Range<Int>) -> UInt64 {
        ByteHash.mix(ByteHash.hash(reader.bytes(first)), ~ByteHash.hash(reader.bytes(second)))
    }

    /// The index stored for equal bytes, if any.
    func find(_ reader: ProtobufReader, _ first: Range<Int>, _ second: Range<Int>) -> UInt32? {
        guard let entry = entries[Self.hash(reader, first, second)],
            ByteHash.equal(reader.bytes(entry.first), reader.bytes(first)),
            ByteHash.equal(reader.bytes(entry.second), reader.bytes(second))
        else { return nil }
        return entry.index
    }

    mutating func insert(_ reader: ProtobufReader, _ first: Range<Int>, _ second: Range<Int>, index: UInt32) {
        entries[Self.hash(reader, first, second)] = Entry(first: first, second: second, index: index)
    }
}
