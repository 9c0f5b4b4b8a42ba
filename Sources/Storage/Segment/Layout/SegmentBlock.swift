import CLZ4
import Telemetry

/// A block as it lies in the file: kind, method, the length of the first part plain and stored, the first part
/// (LZ4 where that is shorter), the second part as it is.
enum SegmentBlock {
    enum Method: UInt8 {
        case stored = 0
        case lz4 = 1
    }

    static func encode(
        _ kind: BlockKind, plain: UnsafeRawBufferPointer, raw: UnsafeRawBufferPointer, _ effort: SegmentEffort,
        to sink: ByteSink
    ) throws(StoreError) {
        guard plain.count + raw.count <= SegmentFormat.maximumBlockBytes else {
            throw StoreError(
                .limit,
                "a block of the segment would have \(plain.count + raw.count) bytes, more than \(SegmentFormat.maximumBlockBytes)"
            )
        }
        let start = sink.count
        sink.byte(kind.rawValue)
        sink.byte(Method.lz4.rawValue)
        sink.fixed32(UInt32(plain.count))
        sink.fixed32(0)
        let bound = Int(LZ4_compressBound(Int32(plain.count)))
        sink.buffer.reserve(bound)
        let target = UnsafeMutableRawPointer(sink.buffer.base + sink.count).assumingMemoryBound(to: CChar.self)
        var stored = 0
        if plain.count > 0 {
            stored = Int(
                effort.compress(
                    plain.baseAddress!.assumingMemoryBound(to: CChar.self), Int32(plain.count), to: target,
                    Int32(bound)))
        }
        if stored <= 0 || stored >= plain.count {
            sink.buffer[start + 1] = Method.stored.rawValue
            stored = plain.count
            sink.raw(plain)
        } else {
            sink.buffer.grow(by: stored)
        }
        (UnsafeMutableRawPointer(sink.buffer.base) + start + 6)
            .storeBytes(of: UInt32(stored).littleEndian, as: UInt32.self)
        sink.raw(raw)
    }

    /// The two parts of a block whose checksum has been verified.
    static func decode(
        _ bytes: [UInt8], _ summary: BlockSummary, path: String
    ) throws(StoreError) -> (plain: [UInt8], raw: [UInt8]) {
        let what = "the \(summary.kind) block at offset \(summary.offset)"
        var failure: StoreError?
        var parts: (plain: [UInt8], raw: [UInt8]) = ([], [])
        bytes.withUnsafeBytes { buffer in
            do throws(StoreError) { parts = try decode(buffer, summary, path: path, what: what) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return parts
    }

    private static func decode(
        _ bytes: UnsafeRawBufferPointer, _ summary: BlockSummary, path: String, what: String
    ) throws(StoreError) -> (plain: [UInt8], raw: [UInt8]) {
        var source = ByteSource(bytes, path: path, what: what)
        let kind = try source.byte()
        guard kind == summary.kind.rawValue else { throw source.error("kind \(kind)", at: 0) }
        let method = try source.byte()
        let plainLength = Int(try source.fixed32())
        let storedLength = Int(try source.fixed32())
        // LZ4 gains at most a factor of 255.
        guard plainLength <= SegmentFormat.maximumBlockBytes, plainLength <= storedLength * 255 else {
            throw source.error("a plain length of \(plainLength)", at: 2)
        }
        let stored = try source.raw(storedLength)
        let plain: [UInt8]
        switch Method(rawValue: method) {
        case .stored:
            guard plainLength == storedLength else { throw source.error("a plain length of \(plainLength)", at: 2) }
            plain = Array(stored)
        case .lz4:
            var length: Int32 = -1
            plain = [UInt8](unsafeUninitializedCapacity: plainLength) { buffer, count in
                length = LZ4_decompress_safe(
                    stored.baseAddress?.assumingMemoryBound(to: CChar.self),
                    UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self),
                    Int32(storedLength), Int32(plainLength))
                count = max(0, Int(length))
            }
            guard length == plainLength else { throw source.error("LZ4 data that does not unpack", at: 10) }
        case nil:
            throw source.error("method \(method)", at: 1)
        }
        return (plain, Array(try source.raw(source.remaining)))
    }
}
