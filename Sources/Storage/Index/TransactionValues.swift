import Telemetry

/// Transactions on their way into a run, their values in one buffer.
final class TransactionValues {
    private struct Entry {
        var start: Int
        var count: Int
        var kind: UInt32
        var trace: TraceID
        var segment: UInt32
        var revision: UInt32
    }

    /// What mostly tells two values apart: the first 16 bytes as two numbers.
    private struct Head {
        var first: UInt64
        var second: UInt64
        var isText: Bool
        var entry: UInt32
    }

    private let bytes = GrowingBuffer<UInt8>(capacity: 4096)
    private var entries: [Entry] = []
    private var heads: [Head] = []

    func append(_ entry: TransactionEntry, kind: UInt32, segment: UInt32) {
        let value = IndexValue(entry.key.value)
        var head = Head(first: 0, second: 0, isText: !value.isUUID, entry: UInt32(entries.count))
        for (index, byte) in value.bytes.prefix(16).enumerated() {
            if index < 8 {
                head.first |= UInt64(byte) << UInt64(56 - index * 8)
            } else {
                head.second |= UInt64(byte) << UInt64(120 - index * 8)
            }
        }
        heads.append(head)
        entries.append(
            Entry(
                start: bytes.count, count: value.bytes.count, kind: kind, trace: entry.traceID, segment: segment,
                revision: entry.rulesRevision))
        value.bytes.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    /// By key, and among equal keys by revision. The rows' values are this object's.
    func sorted() -> [TransactionRow] {
        heads.sort { left, right in
            if left.isText != right.isText { return left.isText }
            if left.first != right.first { return left.first < right.first }
            if left.second != right.second { return left.second < right.second }
            let order = TransactionRow.order(row(left), row(right))
            return order != 0 ? order < 0 : row(left).revision < row(right).revision
        }
        return heads.map { row($0) }
    }

    private func row(_ head: Head) -> TransactionRow {
        let entry = entries[Int(head.entry)]
        return TransactionRow(
            isText: head.isText,
            value: UnsafeRawBufferPointer(start: bytes.base + entry.start, count: entry.count), kind: entry.kind,
            trace: entry.trace, segment: entry.segment, revision: entry.revision)
    }
}
