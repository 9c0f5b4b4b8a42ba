import Files
import Telemetry

/// Reads spool files back, record by record; damage is told and is no error.
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
        /// Its checksum fits.
        var isWhole = false
    }

    enum Start {
        case whole(Header)
        case newer(UInt8)
        case unreadable
    }

    /// What was read of a file, and what could not be.
    struct Contents {
        var records: [Record] = []
        var damages: [SpoolDamage] = []
    }

    static func header(_ file: any File) throws(FileError) -> Start {
        var bytes = [UInt8](repeating: 0, count: SpoolFormat.maximumHeaderBytes)
        let count = try file.read(into: &bytes, at: 0)
        guard count >= 22, Array(bytes[..<4]) == SpoolFormat.magic else { return .unreadable }
        guard bytes[4] == SpoolFormat.version else {
            return bytes[4] > SpoolFormat.version ? .newer(bytes[4]) : .unreadable
        }
        let length = Int(bytes[16]) | Int(bytes[17]) << 8
        let end = 18 + length
        guard length <= 256, count >= end + 4 else { return .unreadable }
        return bytes.withUnsafeBytes { raw in
            let stored = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: end, as: UInt32.self))
            guard SpoolFormat.checksum(UnsafeRawBufferPointer(rebasing: raw[..<end])) == stored,
                let instance = String(validating: raw[18..<end], as: UTF8.self)
            else { return .unreadable }
            let incarnation = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            return .whole(Header(incarnation: incarnation, instance: instance, bytes: end + 4))
        }
    }

    /// The records from `start` on. A damaged one is passed over when a whole one, or the end, follows where it says
    /// that it ends; otherwise nothing behind it can be found.
    static func records(_ file: any File, from start: Int) throws(FileError) -> Contents {
        let size = try file.size()
        var offset = start
        var contents = Contents()
        while offset < size {
            let record = try record(file, at: offset, size: size)
            if let record, record.isWhole {
                contents.records.append(record)
                offset += record.bytes
                continue
            }
            var next = size
            if let record, offset + record.bytes < size,
                let follower = try self.record(file, at: offset + record.bytes, size: size), follower.isWhole
            {
                next = offset + record.bytes
            }
            contents.damages.append(damage(file, record, from: offset, to: next))
            offset = next
        }
        return contents
    }

    /// What the header at `offset` says, and whether its record is all there; `nil` when there is no whole header.
    private static func record(_ file: any File, at offset: Int, size: Int) throws(FileError) -> Record? {
        var head = [UInt8](repeating: 0, count: SpoolFormat.recordHeaderBytes)
        guard try file.read(into: &head, at: offset) == head.count else { return nil }
        var record = head.withUnsafeBytes { raw in
            Record(
                kind: raw[8], sequence: number(raw, 9), spans: UInt32(truncatingIfNeeded: number(raw, 17)),
                first: number(raw, 21), last: number(raw, 29), offset: offset,
                bytes: SpoolFormat.recordHeaderBytes + Int(UInt32(truncatingIfNeeded: number(raw, 0))))
        }
        if record.bytes <= SpoolFormat.maximumPayloadBytes, offset + record.bytes <= size {
            record.isWhole = try payload(file, offset: offset, bytes: record.bytes) != nil
        }
        return record
    }

    /// Counts what is known to be lost: one batch, and its spans and times where its header can be read.
    private static func damage(_ file: any File, _ record: Record?, from offset: Int, to end: Int) -> SpoolDamage {
        let sentence = "\(file.path) cannot be read from byte \(offset) to byte \(end)"
        var loss = LossRecord(
            reason: .spoolDamaged, batches: 1, spans: 0, firstNanoseconds: 0, lastNanoseconds: 0)
        guard let record else { return SpoolDamage(sentence, loss: loss) }
        switch record.kind {
        case SpoolRecordKind.close: return SpoolDamage(sentence)
        case SpoolRecordKind.spans where Int(record.spans) <= record.bytes && record.first <= record.last:
            loss.spans = UInt64(record.spans)
            loss.firstNanoseconds = record.first
            loss.lastNanoseconds = record.last
        default: break
        }
        return SpoolDamage(sentence, loss: loss)
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

    /// The content of a record's payload.
    static func content(kind: UInt8, _ payload: [UInt8]) throws(WireError) -> WireSubmission.Content {
        var limits = WireLimits()
        limits.maximumFrameBytes = SpoolFormat.maximumPayloadBytes
        let result = payload.withUnsafeBytes { raw in
            Result { () throws(WireError) -> WireSubmission.Content in
                var cursor = ByteCursor(raw)
                switch kind {
                case SpoolRecordKind.spans:
                    var decoder = BatchDecoder(limits: limits)
                    return .spans(try decoder.decode(&cursor))
                case SpoolRecordKind.losses: return .losses(try LossCoding.decode(&cursor, limits: limits))
                default: throw cursor.failure("record kind", "1 or 2, not \(kind)")
                }
            }
        }
        return try result.get()
    }
}
