/// A set of rows of one block.
struct RowBitmap: Sendable, Equatable {
    private(set) var words: [UInt64]
    let count: Int

    init(count: Int) {
        self.count = count
        words = [UInt64](repeating: 0, count: (count + 63) / 64)
    }

    static func all(_ count: Int) -> RowBitmap {
        var bitmap = RowBitmap(count: count)
        bitmap.insert(0..<count)
        return bitmap
    }

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    @inline(__always)
    mutating func insert(_ row: Int) { words[row >> 6] |= 1 << UInt64(row & 63) }

    mutating func remove(_ row: Int) { words[row >> 6] &= ~(1 << UInt64(row & 63)) }

    mutating func insert(_ rows: Range<Int>) { for row in rows { insert(row) } }

    @inline(__always)
    func contains(_ row: Int) -> Bool { words[row >> 6] >> UInt64(row & 63) & 1 == 1 }

    mutating func formUnion(_ other: RowBitmap) { for index in words.indices { words[index] |= other.words[index] } }

    mutating func formIntersection(_ other: RowBitmap) {
        for index in words.indices { words[index] &= other.words[index] }
    }

    mutating func subtract(_ other: RowBitmap) { for index in words.indices { words[index] &= ~other.words[index] } }

    /// Calls `body` with each row, from the last to the first.
    func forEachDescending(_ body: (Int) throws(StoreError) -> Void) throws(StoreError) {
        for index in words.indices.reversed() {
            var word = words[index]
            while word != 0 {
                let bit = 63 - word.leadingZeroBitCount
                try body(index << 6 | bit)
                word &= ~(1 << UInt64(bit))
            }
        }
    }
}
