/// How many bytes each family of columns takes before LZ4: where the space goes.
struct FamilySizes {
    private(set) var bits: [String: Int] = [:]
    private(set) var families: [String] = []
    private var last = 0

    mutating func mark(_ plain: ByteSink, _ bits: BitSink) { last = plain.count * 8 + bits.bitCount }

    mutating func add(_ family: String, _ plain: ByteSink, _ sink: BitSink) {
        let now = plain.count * 8 + sink.bitCount
        if bits[family] == nil { families.append(family) }
        bits[family, default: 0] += now - last
        last = now
    }
}
