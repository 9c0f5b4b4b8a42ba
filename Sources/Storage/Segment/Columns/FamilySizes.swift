/// How many bytes each family of columns takes before LZ4: where the space goes.
struct FamilySizes {
    private(set) var bits: [String: Int] = [:]
    private(set) var families: [String] = []
    private var last = 0

    mutating func mark(_ plain: ByteSink, _ bits: BitSink) { last = plain.count * 8 + bits.bitCount }

    mutating func add(_ family: String, _ plain: ByteSink, _ sink: BitSink) {
        let now = plain.count * 8 + sink.bitCount
        add(family, bits: now - last)
        last = now
    }

    mutating func add(_ other: FamilySizes) {
        for family in other.families { add(family, bits: other.bits[family] ?? 0) }
    }

    private mutating func add(_ family: String, bits count: Int) {
        if bits[family] == nil { families.append(family) }
        bits[family, default: 0] += count
    }

    /// The families, and the blocks that hold no rows as they lie in the file.
    func bytes(with blocks: [BlockSummary]) -> [(family: String, bytes: Int)] {
        var sizes = families.map { (family: $0, bytes: (bits[$0] ?? 0) / 8) }
        for kind in BlockKind.allCases where kind != .rows {
            let bytes = blocks.reduce(0) { $0 + ($1.kind == kind ? $1.length : 0) }
            if bytes > 0 { sizes.append((family: "block of \(kind)", bytes: bytes)) }
        }
        return sizes
    }
}
