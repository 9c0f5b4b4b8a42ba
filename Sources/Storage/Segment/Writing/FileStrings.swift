import Telemetry

/// Numbers the strings that a segment's file really refers to, in the order of first use; 0 is the empty string.
final class FileStrings {
    private let tables: SegmentTables
    private let numbers: GrowingBuffer<UInt32>
    /// The segment's strings by file number, from 1.
    private(set) var used: [UInt32] = []

    init(_ tables: SegmentTables) {
        self.tables = tables
        numbers = GrowingBuffer(repeating: 0, count: tables.strings.count)
    }

    func number(_ string: UInt32) -> UInt32 {
        if string == 0 { return 0 }
        let known = numbers[Int(string)]
        if known != 0 { return known }
        used.append(string)
        numbers[Int(string)] = UInt32(used.count)
        return UInt32(used.count)
    }

    func number(_ payload: UInt64) -> UInt32 { number(UInt32(truncatingIfNeeded: payload)) }

    /// The strings block: count, lengths, bytes.
    func encode(to sink: ByteSink) {
        sink.varint(used.count)
        for string in used { sink.varint(tables.strings.range(StringRef(string)).count) }
        for string in used { tables.strings.withBytes(StringRef(string)) { sink.raw($0) } }
    }
}
