/// Working memory for the columns of one shape, used again for the next.
final class ColumnScratch {
    /// The numbers that every span has, in the order of `ShapeColumns.Number`.
    let numbers = ShapeColumns.Number.allCases.map { _ in GrowingBuffer<UInt64>() }
    let repeated = GrowingBuffer<Bool>()
    let names = GrowingBuffer<UInt64>()
    let differences = GrowingBuffer<UInt64>()
    /// The values of one shape, column after column.
    let matrix = GrowingBuffer<UInt64>()
    private let masks = GrowingBuffer<UInt64>()

    /// Fills `numbers` from the rows of one shape.
    func gatherNumbers(
        _ segment: SegmentRows, _ relations: RowRelations, rows: UnsafePointer<UInt32>, _ range: Range<Int>
    ) {
        for column in numbers {
            column.removeAll()
            column.reserve(range.count)
        }
        let ids = numbers[ShapeColumns.Number.spanID.rawValue]
        let afterParent = numbers[ShapeColumns.Number.startAfterParent.rawValue]
        let afterFirst = numbers[ShapeColumns.Number.startAfterFirst.rawValue]
        let durations = numbers[ShapeColumns.Number.duration.rawValue]
        let external = numbers[ShapeColumns.Number.externalParent.rawValue]
        let source = segment.rows.base
        let parents = relations.parentCode.base
        let deltas = relations.startDelta.base
        let (id, duration) = (ids.base, durations.base)
        let (below, top, outside) = (afterParent.base, afterFirst.base, external.base)
        var (belowCount, topCount, outsideCount) = (0, 0, 0)
        for place in 0..<range.count {
            let index = Int(rows[range.lowerBound &+ place])
            let row = source + index
            let parent = parents[index]
            (id + place).initialize(to: row.pointee.spanID)
            (duration + place).initialize(to: row.pointee.end &- row.pointee.start)
            if parent >= 2, parent & 1 == 0 {
                (below + belowCount).initialize(to: deltas[index])
                belowCount &+= 1
            } else {
                (top + topCount).initialize(to: deltas[index])
                topCount &+= 1
                if parent == RowRelations.externalParent {
                    (outside + outsideCount).initialize(to: row.pointee.parentID)
                    outsideCount &+= 1
                }
            }
        }
        ids.grow(by: range.count)
        durations.grow(by: range.count)
        afterParent.grow(by: belowCount)
        afterFirst.grow(by: topCount)
        external.grow(by: outsideCount)
    }

    /// Brings the attributes of `count` rows, which lie row by row, into columns: each row is touched once.
    func transpose(
        _ segment: SegmentRows, _ relations: RowRelations, rows: UnsafePointer<UInt32>, _ count: Int, _ columns: Int
    ) {
        matrix.removeAll()
        matrix.reserve(count * columns)
        masks.removeAll()
        masks.reserve(count)
        let target = matrix.base
        let values = segment.values.base
        for row in 0..<count {
            let index = Int(rows[row])
            let source = values + Int((segment.rows.base + index).pointee.valueStart)
            for column in 0..<columns { (target + (column &* count &+ row)).initialize(to: source[column]) }
            (masks.base + row).initialize(to: relations.repeats.base[index])
        }
        matrix.grow(by: count * columns)
        masks.grow(by: count)
    }

    func markNoneRepeated(_ count: Int) {
        repeated.removeAll()
        repeated.reserve(count)
        repeated.base.initialize(repeating: false, count: count)
        repeated.grow(by: count)
    }

    /// Fills `repeated` for one column and counts.
    func markRepeated(_ column: Int, _ count: Int) -> Int {
        repeated.removeAll()
        repeated.reserve(count)
        var set = 0
        if column >= SegmentFormat.predictedAttributes {
            repeated.base.initialize(repeating: false, count: count)
        } else {
            let shift = UInt64(column)
            for row in 0..<count {
                let isRepeated = masks.base[row] &>> shift & 1
                (repeated.base + row).initialize(to: isRepeated == 1)
                set &+= Int(isRepeated)
            }
        }
        repeated.grow(by: count)
        return set
    }
}
