import Telemetry

/// The first bytes of a segment: what it is, whose, and which.
enum SegmentHeader {
    static func encode(_ info: SegmentHeaderInfo) throws(StoreError) -> ByteSink {
        for name in [info.tenant, info.retentionClass]
        where name.isEmpty || name.utf8.count > SegmentFormat.maximumNameBytes {
            throw StoreError(
                .limit,
                "the tenant or class name \"\(name)\" has not between 1 and \(SegmentFormat.maximumNameBytes) bytes")
        }
        let sink = ByteSink()
        sink.raw(SegmentFormat.magic)
        sink.fixed32(SegmentFormat.version)
        sink.fixed32(Frame.checksum(sink.bytes))
        let length =
            SegmentFormat.fixedHeaderBytes + 2 + info.tenant.utf8.count + 2 + info.retentionClass.utf8.count + 4
        sink.fixed32(UInt32(length))
        sink.raw(info.storeID.bytes)
        sink.fixed64(info.epoch)
        sink.fixed64(info.segmentNumber)
        sink.fixed32(info.day)
        for name in [info.tenant, info.retentionClass] {
            sink.fixed16(UInt16(name.utf8.count))
            sink.raw(Array(name.utf8))
        }
        sink.fixed32(Frame.checksum(sink.bytes))
        return sink
    }

    /// Longer than any header: what a reader fetches first.
    static let maximumBytes = SegmentFormat.fixedHeaderBytes + 2 * (2 + SegmentFormat.maximumNameBytes) + 4

    /// The header's values, its length and its version; `bytes` may hold more than the header.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, path: String, expecting storeID: StoreID
    ) throws(StoreError) -> (info: SegmentHeaderInfo, length: Int, version: UInt32) {
        var source = ByteSource(bytes, path: path, what: "the segment header")
        guard source.remaining >= SegmentFormat.fixedHeaderBytes else {
            throw StoreError(
                .corrupt, "it has \(bytes.count) bytes, fewer than the header of a segment at offset 0", path: path)
        }
        guard try source.raw(8).elementsEqual(SegmentFormat.magic) else {
            throw StoreError(.corrupt, "it is no segment: the magic bytes at offset 0 are missing", path: path)
        }
        let version = try source.fixed32()
        guard try source.fixed32() == Frame.checksum(UnsafeRawBufferPointer(rebasing: bytes[..<12])) else {
            throw source.error("a version that does not match its checksum", at: 8)
        }
        guard version <= SegmentFormat.version else {
            throw StoreError(
                .newerVersion,
                "it has segment format version \(version), and this program reads up to \(SegmentFormat.version)",
                path: path)
        }
        guard version >= 1 else { throw source.error("format version \(version)", at: 8) }
        let length = Int(try source.fixed32())
        guard length >= SegmentFormat.fixedHeaderBytes + 8, length <= min(bytes.count, maximumBytes) else {
            throw source.error("a header length of \(length)", at: 16)
        }
        let body = UnsafeRawBufferPointer(rebasing: bytes[..<(length - 4)])
        let stored = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: length - 4, as: UInt32.self))
        let crc = Frame.checksum(body)
        guard crc == stored else {
            throw source.error("the checksum \(stored) where its bytes have \(crc)", at: length - 4)
        }
        var fields = ByteSource(body, path: path, what: "the segment header")
        _ = try fields.raw(20)
        guard let id = StoreID(try fields.raw(16)) else { throw fields.error("no store id", at: 20) }
        guard id == storeID else {
            throw StoreError(
                .notThisStore, "it belongs to the store \(Hex.string(id.bytes)), not to \(Hex.string(storeID.bytes))",
                path: path)
        }
        let epoch = try fields.fixed64()
        let number = try fields.fixed64()
        let day = try fields.fixed32()
        let tenant = String(decoding: try fields.raw(Int(try fields.fixed16())), as: UTF8.self)
        let retentionClass = String(decoding: try fields.raw(Int(try fields.fixed16())), as: UTF8.self)
        try fields.expectEnd()
        let info = SegmentHeaderInfo(
            storeID: id, epoch: epoch, tenant: tenant, retentionClass: retentionClass, day: day, segmentNumber: number)
        return (info, length, version)
    }
}
