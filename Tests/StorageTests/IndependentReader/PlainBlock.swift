/// A block as the footer lists it, and its two parts.
struct PlainBlock {
    enum Kind: UInt8 {
        case rows = 1
        case strings, shapes, traces, transactions, provenance, statistics, filter, catalog
    }

    let kind: Kind
    let offset: Int
    let length: Int
    let crc32: UInt32
    let sha256: [UInt8]
    var firstRow = 0
    var rows = 0
    var earliestStart: UInt64 = 0
    var latestEnd: UInt64 = 0
    var contentSum = PlainContent.zero

    /// An entry of the footer.
    init(_ footer: inout PlainBytes, version: UInt32) throws {
        let raw = try footer.u8()
        guard let kind = Kind(rawValue: raw) else { throw PlainError("a block of kind \(raw)") }
        self.kind = kind
        offset = try footer.count(atMost: 1 << 40)
        length = try footer.count()
        crc32 = try footer.u32()
        sha256 = try footer.take(32)
        guard kind == .rows || version == 1 else { return }
        firstRow = try footer.count()
        rows = try footer.count()
        earliestStart = try footer.u64()
        latestEnd = try footer.u64()
        contentSum = try footer.take(32)
        if kind != .rows,
            firstRow != 0 || rows != 0 || earliestStart != 0 || latestEnd != 0
                || contentSum != PlainContent.zero
        {
            throw PlainError("a \(kind) block with rows")
        }
    }

    /// Parts A and B, after the checksums have been recomputed.
    func parts(of file: [UInt8]) throws -> (a: [UInt8], b: [UInt8]) {
        var source = PlainBytes(file, at: offset)
        let bytes = try source.take(length)
        guard PlainChecksums.crc32(bytes) == crc32 else { throw PlainError("CRC-32 of the \(kind) block at \(offset)") }
        guard PlainChecksums.sha256(bytes) == sha256 else {
            throw PlainError("SHA-256 of the \(kind) block at \(offset)")
        }
        source = PlainBytes(bytes)
        let raw = try source.u8()
        let method = try source.u8()
        let unpacked = Int(try source.u32())
        let stored = try source.take(Int(try source.u32()))
        guard raw == kind.rawValue, method <= 1 else { throw PlainError("kind \(raw), method \(method) at \(offset)") }
        let rest = try source.take(bytes.count - source.position)
        if method == 1 { return (try PlainLZ4.unpack(stored, to: unpacked), rest) }
        guard stored.count == unpacked else { throw PlainError("\(stored.count) bytes of \(unpacked) at \(offset)") }
        return (stored, rest)
    }
}
