import CLZ4
import CZlib

/// How records lie in the log and in the manifest, all integers little-endian:
///
///     magic (4) · CRC-32 of all that follows (4) · stored bytes (4) · raw bytes (4) · type (1) · codec (1) · zero (2)
///     · durable before (4) · the stored bytes
///
/// The codec is 0 for raw and 1 for LZ4. The magic lets a reader find the next record after a damaged one. "Durable
/// before" is the offset where the group of this record starts: that the record was written at all proves that
/// everything before was fsynced, so damage there is damage, while damage after it may be a write cut short.
enum Frame {
    static let headerBytes = 24
    static let magic: UInt32 = 0x3152_4257  // "WBR1"
    /// No record has more raw bytes.
    static let maximumRawBytes = 256 << 20
    /// Below this LZ4 does not pay.
    static let compressFromBytes = 256

    /// A record found at some offset, its checksum right.
    struct Found {
        var type: UInt8
        var codec: UInt8
        var rawBytes: Int
        /// All before this offset was durable when the record was written.
        var durableBefore: Int
        /// Where its stored bytes lie, and so where the next record starts.
        var stored: Range<Int>

        var end: Int { stored.upperBound }
    }

    /// Appends one record to `output`; on an error `output` is as before. `scratch` is emptied and used for the raw
    /// body.
    static func append(
        type: UInt8, durableBefore: Int, to output: inout PackedWriter, scratch: inout PackedWriter,
        body: (inout PackedWriter) -> Void
    ) throws(StoreError) {
        scratch.removeAll()
        body(&scratch)
        let raw = scratch.count
        guard raw <= maximumRawBytes else {
            throw StoreError(
                .tooLarge, "a record of \(raw) bytes is more than the \(maximumRawBytes) that one may have")
        }
        let start = output.count
        for value in [magic, 0, 0, UInt32(raw)] { output.append(value) }
        output.append(type)
        // Codec, corrected below where LZ4 pays; two zero bytes.
        for _ in 0..<3 { output.append(UInt8(0)) }
        output.append(UInt32(clamping: durableBefore))
        var stored = raw >= compressFromBytes ? compress(scratch.bytes, to: &output) : 0
        if stored > 0 {
            output.put(UInt8(1), at: start + 17)
        } else {
            output.append(raw: scratch.bytes)
            stored = raw
        }
        output.put(UInt32(stored), at: start + 8)
        let covered = UnsafeRawBufferPointer(rebasing: output.bytes[(start + 8)...])
        output.put(checksum(covered), at: start + 4)
    }

    private static func compress(_ raw: UnsafeRawBufferPointer, to output: inout PackedWriter) -> Int {
        // What does not shrink by an eighth is stored raw.
        let limit = raw.count - raw.count / 8
        let target = output.reserve(limit)
        let source = raw.baseAddress!.assumingMemoryBound(to: CChar.self)
        let stored = LZ4_compress_fast(
            source, target.assumingMemoryBound(to: CChar.self), Int32(raw.count), Int32(limit), acceleration)
        guard stored > 0 else { return 0 }
        output.advance(Int(stored))
        return Int(stored)
    }

    /// LZ4's trade of ratio for speed: columns are packed already, so searching hard finds little.
    private static let acceleration: Int32 = 4

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var crc = crc32(0, nil, 0)
        var offset = 0
        while offset < bytes.count {
            let count = min(bytes.count - offset, Int(UInt32.max))
            crc = crc32(crc, bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) + offset, UInt32(count))
            offset += count
        }
        return UInt32(truncatingIfNeeded: crc)
    }

    /// The record at `offset`; `nil` when there is none that is whole.
    static func find(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Found? {
        guard let (stored, raw) = header(bytes, at: offset) else { return nil }
        let end = offset + headerBytes + stored
        guard end <= bytes.count else { return nil }
        let crc = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
        guard checksum(UnsafeRawBufferPointer(rebasing: bytes[offset + 8..<end])) == crc else { return nil }
        let durable = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 20, as: UInt32.self))
        return Found(
            type: bytes[offset + 16], codec: bytes[offset + 17], rawBytes: raw, durableBefore: Int(durable),
            stored: offset + headerBytes..<end)
    }

    /// The first whole record from `start` on, and where it starts: for resuming after a damaged one.
    static func find(_ bytes: UnsafeRawBufferPointer, from start: Int) -> (offset: Int, record: Found)? {
        var offset = start
        while offset + headerBytes <= bytes.count {
            if let record = find(bytes, at: offset) { return (offset, record) }
            offset += 1
        }
        return nil
    }

    /// Unpacks a record of a file and reads it whole.
    static func decode<T>(
        _ record: Found, of file: [UInt8], _ read: (inout PackedReader) throws(StoreError) -> T
    ) throws(StoreError) -> T {
        guard let body = file.withUnsafeBytes({ body(record, of: $0) }) else {
            throw StoreError(.corrupt, "a body that does not unpack")
        }
        var result: Result<T, StoreError>?
        body.withUnsafeBytes { bytes in
            var reader = PackedReader(bytes)
            do throws(StoreError) {
                let value = try read(&reader)
                guard reader.remaining == 0 else { throw reader.damaged("\(reader.remaining) bytes too many") }
                result = .success(value)
            } catch { result = .failure(error) }
        }
        guard let result else { throw StoreError(.corrupt, "no body") }
        return try result.get()
    }

    private static func body(_ record: Found, of bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        let stored = UnsafeRawBufferPointer(rebasing: bytes[record.stored])
        switch record.codec {
        case 0:
            return stored.count == record.rawBytes ? Array(stored) : nil
        case 1:
            var count: Int32 = 0
            let plain = [UInt8](unsafeUninitializedCapacity: record.rawBytes) { buffer, initialized in
                buffer.withMemoryRebound(to: CChar.self) { target in
                    count = LZ4_decompress_safe(
                        stored.baseAddress!.assumingMemoryBound(to: CChar.self), target.baseAddress!,
                        Int32(stored.count), Int32(record.rawBytes))
                }
                initialized = max(0, Int(count))
            }
            return Int(count) == record.rawBytes ? plain : nil
        default:
            return nil
        }
    }

    private static func header(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> (stored: Int, raw: Int)? {
        guard offset >= 0, offset + headerBytes <= bytes.count else { return nil }
        func word(_ place: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + place, as: UInt32.self))
        }
        guard word(0) == magic else { return nil }
        let stored = Int(word(8))
        let raw = Int(word(12))
        guard raw <= maximumRawBytes, stored <= raw, raw == 0 || stored > 0 else { return nil }
        return (stored, raw)
    }
}
