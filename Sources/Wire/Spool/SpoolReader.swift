import Files
import Telemetry

/// Reads spool files back, record by record; a torn tail ends a file and is no error.
enum SpoolReader {
    struct Header {
        var incarnation: UInt64
        var instance: String
        var bytes: Int
    }

    struct Record {
        var kind: UInt8
        var sequence: UInt64
        var spans: UInt32
        var first: UInt64
        var last: UInt64
        var offset: Int
        var bytes: Int
    }

    /// `nil` when the file does not start with a whole header of a version this code reads.
    static func header(_ file: any File) throws(FileError) -> Header? {
        var bytes = [UInt8](repeating: 0, count: SpoolFormat.maximumHeaderBytes)
        let count = try file.read(into: &bytes, at: 0)
        guard count >= 22, Array(bytes[..<4]) == SpoolFormat.magic, bytes[4] == SpoolFormat.version else { return nil }
        let length = Int(bytes[16]) | Int(bytes[17]) << 8
        let end = 18 + length
        guard length <= 256, count >= end + 4 else { return nil }
        return bytes.withUnsafeBytes { raw in
            let stored = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: end, as: UInt32.self))
            guard SpoolFormat.checksum(UnsafeRawBufferPointer(rebasing: raw[..<end])) == stored,
                let instance = String(validating: raw[18..<end], as: UTF8.self)
            else { return nil }
            let incarnation = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return Header(incarnation: incarnation, instance: instance, bytes: end + 4)
        }
    }

    /// The records from `start` on, as far as they are whole.
    static func records(_ file: any File, from start: Int) throws(FileError) -> [Record] {
        let size = try file.size()
        var offset = start
        var records: [Record] = []
        var head = [UInt8](repeating: 0, count: SpoolFormat.recordHeaderBytes)
        while offset + SpoolFormat.recordHeaderBytes <= size {
            guard try file.read(into: &head, at: offset) == SpoolFormat.recordHeaderBytes else { break }
            let record = head.withUnsafeBytes { raw in
                Record(
                    kind: raw[8], sequence: number(raw, 9), spans: UInt32(truncatingIfNeeded: number(raw, 17)),
                    first: number(raw, 21), last: number(raw, 29), offset: offset,
                    bytes: SpoolFormat.recordHeaderBytes + Int(UInt32(truncatingIfNeeded: number(raw, 0))))
            }
            guard record.bytes <= SpoolFormat.maximumPayloadBytes, offset + record.bytes <= size,
                try payload(file, offset: offset, bytes: record.bytes) != nil
            else { break }
            records.append(record)
            offset += record.bytes
        }
        return records
    }

    private static func number(_ raw: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The payload of the record at `offset`; `nil` when its checksum does not fit.
    static func payload(_ file: any File, offset: Int, bytes: Int) throws(FileError) -> [UInt8]? {
        guard bytes >= SpoolFormat.recordHeaderBytes else { return nil }
        var record = [UInt8](repeating: 0, count: bytes)
        guard try file.read(into: &record, at: offset) == bytes else { return nil }
        let isWhole = record.withUnsafeBytes { raw in
            let stored = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            return Int(UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self)))
                == bytes - SpoolFormat.recordHeaderBytes
                && SpoolFormat.checksum(UnsafeRawBufferPointer(rebasing: raw[8...])) == stored
        }
        return isWhole ? Array(record[SpoolFormat.recordHeaderBytes...]) : nil
    }

    /// The content of a record's payload; `nil` when it cannot be read.
    static func content(kind: UInt8, _ payload: [UInt8]) -> WireSubmission.Content? {
        var limits = WireLimits()
        limits.maximumFrameBytes = SpoolFormat.maximumPayloadBytes
        return payload.withUnsafeBytes { raw -> WireSubmission.Content? in
            var cursor = ByteCursor(raw)
            switch kind {
            case SpoolRecordKind.spans:
                var decoder = BatchDecoder(limits: limits)
                guard let batch = try? decoder.decode(&cursor) else { return nil }
                return .spans(batch)
            case SpoolRecordKind.losses:
                guard let records = try? LossCoding.decode(&cursor, limits: limits) else { return nil }
                return .losses(records)
            default: return nil
            }
        }
    }
}
