import Crypto

/// Walks a segment by what `Schemas/segment.md` says of header, trailer, footer and blocks, and by nothing else.
struct SegmentWalker {
    struct Failure: Error { var what: String }

    struct Block {
        var kind: UInt8
        var offset: Int
        var length: Int
        var firstRow: Int
        var rows: Int
        var minimumStart: UInt64
        var maximumEnd: UInt64
        var contentSum: [UInt8]
        var method: UInt8
        var unpackedBytes: Int
        var storedBytes: Int
    }

    struct Group {
        var spans: Int
        var blocks: Int
        var earliestStart: UInt64
        var latestStart: UInt64
        var latestEnd: UInt64
    }

    private(set) var version = 0
    private(set) var storeID: [UInt8] = []
    private(set) var epoch: UInt64 = 0
    private(set) var number: UInt64 = 0
    private(set) var day: UInt64 = 0
    private(set) var tenant = ""
    private(set) var retentionClass = ""
    private(set) var spans = 0
    private(set) var duplicates = 0
    private(set) var refusedIDs = 0
    private(set) var duplicateSum: [UInt8] = []
    private(set) var groups: [Group] = []
    private(set) var blocks: [Block] = []

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) throws {
        self.bytes = bytes
        try readHeader()
        let headerEnd = position
        let trailer = bytes.count - 56
        position = trailer
        let footer = Int(try integer(8))
        let footerLength = Int(try integer(4))
        let footerCRC = try take(4)
        let footerHash = try take(32)
        try expect(try take(8) == Array("WAYBLEND".utf8), "the end's magic")
        try expect(footer + footerLength == trailer, "the footer ends at the trailer")
        let body = bytes[footer..<trailer]
        try expect(SegmentChecksums.crc(body) == footerCRC, "the footer's CRC-32")
        try expect(SegmentChecksums.sha256(body) == footerHash, "the footer's SHA-256")
        position = footer
        try expect(try take(32) == SegmentChecksums.sha256(bytes[..<headerEnd]), "the header's SHA-256")
        try readFooter()
        try expect(position == trailer, "nothing after the last block's entry")
        try checkBlocks(from: headerEnd, to: footer)
    }

    private mutating func readHeader() throws {
        try expect(try take(8) == Array("WAYBLSEG".utf8), "the magic")
        version = Int(try integer(4))
        try expect(1...2 ~= version, "the version")
        try expect(try take(4) == SegmentChecksums.crc(bytes[..<12]), "the version's CRC-32")
        let length = Int(try integer(4))
        storeID = try take(16)
        epoch = try integer(8)
        number = try integer(8)
        day = try integer(4)
        tenant = String(decoding: try take(Int(try integer(2))), as: UTF8.self)
        retentionClass = String(decoding: try take(Int(try integer(2))), as: UTF8.self)
        let crc = SegmentChecksums.crc(bytes[..<position])
        try expect(try take(4) == crc, "the header's CRC-32")
        try expect(position == length, "the header's length")
    }

    private mutating func readFooter() throws {
        spans = Int(try varint())
        duplicates = Int(try varint())
        refusedIDs = Int(try varint())
        let earliest = try integer(8)
        let latest = try integer(8)
        if version == 2 {
            duplicateSum = try take(32)
            for _ in 0..<(try varint()) {
                groups.append(
                    Group(
                        spans: Int(try varint()), blocks: Int(try varint()), earliestStart: try integer(8),
                        latestStart: try integer(8), latestEnd: try integer(8)))
            }
        }
        for _ in 0..<(try varint()) {
            let kind = try take(1)[0]
            let offset = Int(try varint())
            let length = Int(try varint())
            try expect(offset >= 0 && length >= 10 && offset + length <= bytes.count, "a block inside the file")
            let content = bytes[offset..<offset + length]
            try expect(try take(4) == SegmentChecksums.crc(content), "the CRC-32 of block \(blocks.count)")
            try expect(try take(32) == SegmentChecksums.sha256(content), "the SHA-256 of block \(blocks.count)")
            let hasRows = kind == 1 || version == 1
            let firstRow = hasRows ? Int(try varint()) : 0
            let rows = hasRows ? Int(try varint()) : 0
            let minimumStart = hasRows ? try integer(8) : 0
            let maximumEnd = hasRows ? try integer(8) : 0
            let sum = hasRows ? try take(32) : []
            blocks.append(
                Block(
                    kind: kind, offset: offset, length: length, firstRow: firstRow, rows: rows,
                    minimumStart: minimumStart, maximumEnd: maximumEnd, contentSum: sum, method: bytes[offset + 1],
                    unpackedBytes: number(at: offset + 2), storedBytes: number(at: offset + 6)))
        }
        let ofRows = blocks.filter { $0.kind == 1 }
        try expect(ofRows.map(\.minimumStart).min() == earliest, "the earliest start")
        try expect(ofRows.map(\.maximumEnd).max() == latest, "the latest end")
    }

    private mutating func checkBlocks(from start: Int, to end: Int) throws {
        var offset = start
        var row = 0
        for block in blocks {
            try expect(block.offset == offset, "blocks follow one another")
            offset += block.length
            try expect(bytes[block.offset] == block.kind, "a block's kind is its entry's")
            try expect(block.method <= 1 && 10 + block.storedBytes <= block.length, "the block at \(block.offset)")
            try expect(block.method == 1 || block.storedBytes == block.unpackedBytes, "what is not packed is as long")
            if block.kind == 1 {
                try expect(block.firstRow == row && block.rows > 0 && block.rows <= 4096, "rows in order")
                row += block.rows
            } else {
                try expect(
                    block.firstRow == 0 && block.rows == 0 && block.minimumStart == 0 && block.maximumEnd == 0
                        && block.contentSum.allSatisfy { $0 == 0 }, "zeros for what has no rows")
            }
        }
        try expect(offset == end, "the footer follows the last block")
        try expect(row == spans, "all rows are in blocks")
        if version == 1 {
            groups = [Group(spans: spans, blocks: blocks.count, earliestStart: 0, latestStart: 0, latestEnd: 0)]
        }
        var rest = blocks[...]
        for group in groups {
            let own = rest.prefix(group.blocks)
            rest = rest.dropFirst(group.blocks)
            try expect(own.reduce(0) { $0 + $1.rows } == group.spans, "the rows of a group")
            try expect(Array(own.map(\.kind).drop { $0 == 1 }) == otherKinds, "a group's blocks in order")
            if version == 1 { continue }
            let ofRows = own.filter { $0.kind == 1 }
            try expect(ofRows.map(\.minimumStart).min() == group.earliestStart, "a group's earliest start")
            try expect(ofRows.map(\.maximumEnd).max() == group.latestEnd, "a group's latest end")
            try expect(group.latestStart >= group.earliestStart, "a group's latest start")
        }
        try expect(rest.isEmpty, "all blocks are in groups")
    }

    /// Shapes, strings, traces, transactions, provenance, and what version 2 added.
    private var otherKinds: [UInt8] { version == 1 ? [3, 2, 4, 5, 6] : [3, 2, 4, 5, 6, 7, 8, 9] }

    private func expect(_ condition: Bool, _ what: String) throws {
        if !condition { throw Failure(what: what) }
    }

    private mutating func take(_ count: Int) throws -> [UInt8] {
        try expect(count >= 0 && position + count <= bytes.count, "\(count) bytes at \(position)")
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    private mutating func integer(_ size: Int) throws -> UInt64 {
        try take(size).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func number(at offset: Int) -> Int { bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | Int($1) } }

    private mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0 as UInt64, to: 64, by: 7) {
            let byte = try take(1)[0]
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Failure(what: "a varint at \(position)")
    }
}
