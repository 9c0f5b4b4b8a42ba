import Telemetry

/// A row of the table of traces: where a trace is in the segment with an ordinal of the run's.
struct TraceRow: Hashable, Comparable {
    var id: TraceID
    var segment: UInt32
    var firstRow: UInt32
    var rowCount: UInt32
    var block: UInt32

    init(_ location: TraceLocation, segment: UInt32) {
        id = location.traceID
        self.segment = segment
        firstRow = location.firstRow
        rowCount = location.rowCount
        block = location.block
    }

    /// `nil` where the record is no such row.
    @inline(__always)
    init?(_ record: UnsafeRawBufferPointer) {
        guard var reader = RecordReader(record), let id = reader.traceID(), let segment = reader.index(),
            let (isText, place) = reader.bytes(), !isText, reader.isAtEnd
        else { return nil }
        var offset = 0
        guard let firstRow = TraceRow.number(place, &offset), let rowCount = TraceRow.number(place, &offset),
            let block = TraceRow.number(place, &offset), offset == place.count,
            !firstRow.addingReportingOverflow(rowCount).overflow
        else { return nil }
        self.id = id
        self.segment = segment
        self.firstRow = firstRow
        self.rowCount = rowCount
        self.block = block
    }

    /// The trace that a record is of, as fast as look-ups need it.
    @inline(__always)
    static func id(_ record: UnsafeRawBufferPointer) -> TraceID? {
        // A header of four bytes, and a blob of 16 bytes behind it: what is written.
        if record.count >= 20, record[0] == 4, record[1] == 12 + 2 * 16 {
            return TraceID(
                high: UInt64(bigEndian: record.loadUnaligned(fromByteOffset: 4, as: UInt64.self)),
                low: UInt64(bigEndian: record.loadUnaligned(fromByteOffset: 12, as: UInt64.self)))
        }
        guard var reader = RecordReader(record) else { return nil }
        return reader.traceID()
    }

    var location: TraceLocation {
        TraceLocation(traceID: id, block: block, firstRow: firstRow, rowCount: rowCount)
    }

    func write(_ writer: RecordWriter) -> UnsafeRawBufferPointer {
        writer.removeAll()
        writer.traceID(id)
        writer.integer(Int64(segment))
        withUnsafeTemporaryAllocation(byteCount: 15, alignment: 1) { place in
            var count = 0
            for number in [firstRow, rowCount, block] { TraceRow.put(number, place, &count) }
            writer.blob(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(place)[..<count]))
        }
        return writer.finish()
    }

    @inline(__always)
    static func < (left: TraceRow, right: TraceRow) -> Bool {
        if left.id != right.id { return left.id < right.id }
        if left.segment != right.segment { return left.segment < right.segment }
        if left.firstRow != right.firstRow { return left.firstRow < right.firstRow }
        if left.rowCount != right.rowCount { return left.rowCount < right.rowCount }
        return left.block < right.block
    }

    /// Numbers of 1 to 5 bytes, big-endian, whose order is that of their bytes: the leading ones of the first byte count
    /// the bytes that follow it.
    private static func put(_ number: UInt32, _ target: UnsafeMutableRawBufferPointer, _ offset: inout Int) {
        let more = number < 1 << 7 ? 0 : number < 1 << 14 ? 1 : number < 1 << 21 ? 2 : number < 1 << 28 ? 3 : 4
        let marked = UInt64(number) | (0xFF00 >> UInt64(more)) << UInt64(more * 8) & 0xFF << UInt64(more * 8)
        for index in 0...more {
            target[offset] = UInt8(truncatingIfNeeded: marked >> UInt64((more - index) * 8))
            offset += 1
        }
    }

    @inline(__always)
    private static func number(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) -> UInt32? {
        guard offset < bytes.count else { return nil }
        let first = bytes[offset]
        let more = (~first).leadingZeroBitCount
        guard more <= 4, offset &+ more < bytes.count else { return nil }
        var value = UInt32(first) & (0x7F >> UInt32(more))
        for index in 1..<more &+ 1 { value = value << 8 | UInt32(bytes[offset &+ index]) }
        offset &+= more &+ 1
        return value
    }
}
