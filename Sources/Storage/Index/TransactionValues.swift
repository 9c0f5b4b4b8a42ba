import Telemetry

/// Transactions on their way into a run, their values in one buffer.
final class TransactionValues {
    private struct Entry {
        /// The first eight bytes of the value as a number: mostly enough to tell two values apart.
        var head: UInt64
        var start: Int
        var count: Int
        var isText: Bool
        var kind: UInt32
        var trace: TraceID
        var segment: UInt32
        var revision: UInt32
    }

    private let bytes = GrowingBuffer<UInt8>(capacity: 4096)
    private var entries: [Entry] = []

    func append(_ entry: TransactionEntry, kind: UInt32, segment: UInt32) {
        let value = IndexValue(entry.key.value)
        var head: UInt64 = 0
        for index in 0..<8 { head = head << 8 | (index < value.bytes.count ? UInt64(value.bytes[index]) : 0) }
        entries.append(
            Entry(
                head: head, start: bytes.count, count: value.bytes.count, isText: !value.isUUID, kind: kind,
                trace: entry.traceID, segment: segment, revision: entry.rulesRevision))
        value.bytes.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    /// By key, and among equal keys by revision. The rows' values are this object's.
    func sorted() -> [TransactionRow] {
        entries.sort { left, right in
            if left.isText == right.isText, left.head != right.head { return left.head < right.head }
            let order = TransactionRow.order(row(left), row(right))
            return order != 0 ? order < 0 : left.revision < right.revision
        }
        return entries.map { row($0) }
    }

    private func row(_ entry: Entry) -> TransactionRow {
        TransactionRow(
            isText: entry.isText,
            value: UnsafeRawBufferPointer(start: bytes.base + entry.start, count: entry.count), kind: entry.kind,
            trace: entry.trace, segment: entry.segment, revision: entry.revision)
    }
}
