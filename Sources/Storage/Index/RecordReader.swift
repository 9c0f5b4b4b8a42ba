import Telemetry

/// Takes a record apart, column by column, every access within its bytes. `nil` stands for what cannot be: another type
/// than the one asked for, or a value beyond the end.
struct RecordReader {
    private let record: UnsafeRawBufferPointer
    private let headerEnd: Int
    private var type: Int
    private var body: Int

    @inline(__always)
    init?(_ record: UnsafeRawBufferPointer) {
        guard let (length, start) = PageFormat.varint(record, 0), length >= start, length <= record.count else {
            return nil
        }
        self.record = record
        headerEnd = length
        type = start
        body = length
    }

    var isAtEnd: Bool { type == headerEnd && body == record.count }

    @inline(__always)
    mutating func integer() -> Int64? {
        guard type < headerEnd else { return nil }
        let serial = record[type]
        switch serial {
        case 8, 9:
            type &+= 1
            return Int64(serial &- 8)
        case 1...6:
            let count = serial < 5 ? Int(serial) : serial == 5 ? 6 : 8
            guard body &+ count <= record.count else { return nil }
            var value = Int64(Int8(bitPattern: record[body]))
            for index in 1..<count { value = value << 8 | Int64(record[body &+ index]) }
            type &+= 1
            body &+= count
            return value
        default: return nil
        }
    }

    @inline(__always)
    mutating func index() -> UInt32? { integer().flatMap { UInt32(exactly: $0) } }

    mutating func count() -> Int? { integer().flatMap { $0 >= 0 ? Int($0) : nil } }

    /// The bytes of a text or a blob.
    @inline(__always)
    mutating func bytes() -> (isText: Bool, bytes: UnsafeRawBufferPointer)? {
        guard type < headerEnd, let (serial, next) = PageFormat.varint(record, type), next <= headerEnd, serial >= 12
        else { return nil }
        let count = (serial &- 12) >> 1
        guard count <= record.count &- body else { return nil }
        type = next
        let start = body
        body &+= count
        return (serial & 1 == 1, UnsafeRawBufferPointer(rebasing: record[start..<body]))
    }

    @inline(__always)
    mutating func text() -> UnsafeRawBufferPointer? {
        guard let (isText, bytes) = bytes(), isText else { return nil }
        return bytes
    }

    @inline(__always)
    mutating func traceID() -> TraceID? {
        guard let (isText, bytes) = bytes(), !isText, bytes.count == 16 else { return nil }
        return TraceID(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}
