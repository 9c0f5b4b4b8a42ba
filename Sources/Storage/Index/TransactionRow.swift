import Telemetry

/// A row of the table of transactions as it is read: `value` are the bytes of a text, or of a UUID.
struct TransactionRow {
    var isText: Bool
    var value: UnsafeRawBufferPointer
    var kind: UInt32
    var trace: TraceID
    var segment: UInt32
    var revision: UInt32

    init(
        isText: Bool, value: UnsafeRawBufferPointer, kind: UInt32, trace: TraceID, segment: UInt32, revision: UInt32
    ) {
        self.isText = isText
        self.value = value
        self.kind = kind
        self.trace = trace
        self.segment = segment
        self.revision = revision
    }

    /// `nil` where the record is no such row. The value's bytes are the record's.
    @inline(__always)
    init?(_ record: UnsafeRawBufferPointer) {
        guard var reader = RecordReader(record), let (isText, value) = reader.bytes(), isText || value.count == 16,
            let kind = reader.index(), let trace = reader.traceID(), let segment = reader.index(),
            let revision = reader.index(), reader.isAtEnd
        else { return nil }
        self.init(isText: isText, value: value, kind: kind, trace: trace, segment: segment, revision: revision)
    }

    func write(_ writer: RecordWriter) -> UnsafeRawBufferPointer {
        writer.removeAll()
        if isText { writer.text(value) } else { writer.blob(value) }
        writer.integer(Int64(kind))
        writer.traceID(trace)
        writer.integer(Int64(segment))
        writer.integer(Int64(revision))
        return writer.finish()
    }

    /// Negative when the key of `left` is before that of `right`, zero when they are equal.
    @inline(__always)
    static func order(_ left: TransactionRow, _ right: TransactionRow) -> Int {
        let values = IndexValue.order(left.isText, left.value, right.isText, right.value)
        if values != 0 { return values }
        if left.kind != right.kind { return left.kind < right.kind ? -1 : 1 }
        if left.trace != right.trace { return left.trace < right.trace ? -1 : 1 }
        if left.segment != right.segment { return left.segment < right.segment ? -1 : 1 }
        return 0
    }
}
