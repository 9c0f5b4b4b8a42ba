import CZlib

/// What one record of a spool file holds.
enum SpoolRecordKind {
    /// A span batch, encoded as the body of a SPANS frame on a fresh connection would be.
    static let spans: UInt8 = 1
    /// Loss records, as in a LOSS frame.
    static let losses: UInt8 = 2
    /// The incarnation ended in order: `sequence` was its last.
    static let close: UInt8 = 3
}

/// Layout of a spool file: a header (`WBSP`, version, three zero bytes, incarnation, the length of the instance's name
/// and the name, CRC-32 of all that), then records (payload length, CRC-32 of what follows, kind, sequence, span count,
/// earliest start, latest end, payload). Numbers are little-endian.
enum SpoolFormat {
    static let magic: [UInt8] = [0x57, 0x42, 0x53, 0x50]
    static let version: UInt8 = 1
    static let recordHeaderBytes = 37
    static let maximumPayloadBytes = 64 << 20
    static let maximumHeaderBytes = 18 + 256 + 4

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), uInt(bytes.count)))
    }

    static func header(incarnation: UInt64, instance: String) -> [UInt8] {
        var sink = ByteSink(capacity: 64)
        sink.bytes(magic)
        sink.bytes([version, 0, 0, 0])
        sink.littleEndian(incarnation)
        sink.littleEndian(UInt16(instance.utf8.count))
        sink.bytes(Array(instance.utf8))
        sink.littleEndian(checksum(sink.buffer))
        return sink.array
    }

    static func record(
        kind: UInt8, sequence: UInt64, spans: UInt32, first: UInt64, last: UInt64, payload: UnsafeRawBufferPointer
    ) -> [UInt8] {
        var sink = ByteSink(capacity: recordHeaderBytes + payload.count)
        sink.littleEndian(UInt32(payload.count))
        sink.littleEndian(UInt32(0))
        sink.byte(kind)
        sink.littleEndian(sequence)
        sink.littleEndian(spans)
        sink.littleEndian(first)
        sink.littleEndian(last)
        sink.bytes(payload)
        let sum = checksum(UnsafeRawBufferPointer(rebasing: sink.buffer[8...]))
        var bytes = sink.array
        for index in 0..<4 { bytes[4 + index] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * index)) }
        return bytes
    }
}
