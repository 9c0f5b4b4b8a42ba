/// What a projection gives of the rows of a block or a batch.
struct ProjectedRows {
    /// Of rows that must be read as a whole.
    static let wholeGroup = UInt32.max - 1

    /// By row, for projections that have keys: the group.
    private(set) var groups: [UInt32] = []
    /// By row, for projections that have a number: NaN where there is none.
    private(set) var numbers: [Double] = []
    /// Rows that must be read as a whole.
    var whole: RowBitmap

    init(count: Int, isWhole: Bool) { whole = isWhole ? .all(count) : RowBitmap(count: count) }

    mutating func add(_ cells: [UInt64], key: Int, _ table: SpanGroups) {
        if key == 0 {
            groups = cells.map { UInt32(truncatingIfNeeded: $0) }
        } else {
            for row in cells.indices {
                groups[row] = table.group(groups[row], key: key, UInt32(truncatingIfNeeded: cells[row]))
            }
        }
    }

    mutating func add(numbers cells: [UInt64]) { numbers = cells.map { Double(bitPattern: $0) } }

    func group(_ row: Int) -> UInt32 { groups.isEmpty ? 0 : groups[row] }

    func number(_ row: Int) -> Double { numbers.isEmpty ? .nan : numbers[row] }
}
