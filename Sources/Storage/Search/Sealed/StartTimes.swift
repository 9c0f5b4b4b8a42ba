import Telemetry

/// When rows of a block started: most say how long after their parent, which is an earlier row. Each is worked out once.
struct StartTimes {
    private let block: RowBlock
    private let data: BlockData
    private let firstStart: UInt64
    private var starts: [UInt64]
    private var known: RowBitmap

    init(_ block: RowBlock, _ data: BlockData, firstStart: UInt64) {
        self.block = block
        self.data = data
        self.firstStart = firstStart
        starts = [UInt64](repeating: 0, count: block.rowCount)
        known = RowBitmap(count: block.rowCount)
    }

    mutating func start(_ row: Int) throws(StoreError) -> UInt64 {
        if known.contains(row) { return starts[row] }
        var chain: [Int] = []
        var next = row
        while !known.contains(next) {
            chain.append(next)
            let code = block.parentCode[next]
            guard code >= 2, code & 1 == 0 else { break }
            let parent = next - Int(code - 2) / 2 - 1
            guard parent >= 0 else { throw data.damaged("a parent in row \(parent)") }
            next = parent
        }
        for row in chain.reversed() {
            guard let columns = block.columns[block.shape[row]] else {
                throw data.damaged("no columns of shape \(block.shape[row])")
            }
            let code = block.parentCode[row]
            let rank = Int(block.startRank[row])
            if code >= 2, code & 1 == 0 {
                starts[row] =
                    starts[row - Int(code - 2) / 2 - 1] &+ columns.value(.startAfterParent, rank, data.bits)
            } else {
                starts[row] = firstStart &+ columns.value(.startAfterFirst, rank, data.bits)
            }
            known.insert(row)
        }
        return starts[row]
    }
}
