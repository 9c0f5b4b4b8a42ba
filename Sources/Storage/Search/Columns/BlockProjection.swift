import Telemetry

/// One field of a projection, read from the columns of a block.
struct BlockProjection {
    private let shapes: ShapeProjection
    /// The field's place among those of the projection.
    private let number: Int
    private let field: ProjectedField
    private let block: RowBlock
    private let data: BlockData
    private var values: [UInt64]

    init(_ shapes: ShapeProjection, _ number: Int, _ rows: BlockScan) {
        self.shapes = shapes
        self.number = number
        field = shapes.fields[number]
        block = rows.block
        data = rows.data
        values = [UInt64](repeating: field.missing, count: rows.block.rowCount)
    }

    /// By row; of rows that must be read as a whole nothing.
    mutating func cells(_ rows: inout BlockScan, _ whole: inout RowBitmap) throws(StoreError) -> [UInt64] {
        var slots: Set<Int> = []
        for shape in rows.shapes {
            let ofShape = rows.rowsOfShape[shape] ?? []
            switch shapes.sources[number][Int(shape)] {
            case .same(let cell): for row in ofShape { values[Int(row)] = cell }
            case .whole: for row in ofShape { whole.insert(Int(row)) }
            case .duration: try durations(shape, &rows)
            case .names: try names(shape, ofShape)
            case .attributes(let found, let mustBeWhole):
                if mustBeWhole { for row in ofShape { whole.insert(Int(row)) } }
                if found.contains(where: { plan(shape, $0).prediction != .none }) {
                    slots.formUnion(found.map(\.slot))
                } else if !mustBeWhole {
                    let cells = try cells(shape, found[0])
                    for (row, cell) in zip(ofShape, cells) { values[Int(row)] = cell }
                }
            }
        }
        for slot in slots.sorted() { try follow(slot, rows) }
        return values
    }

    private func plan(_ shape: UInt32, _ found: ShapeVerdicts.Field) -> ColumnPlan {
        shapes.dictionaries.shapes[Int(shape)].attributes[found.index]
    }

    private mutating func durations(_ shape: UInt32, _ rows: inout BlockScan) throws(StoreError) {
        guard let columns = block.columns[shape], let ofShape = rows.rowsOfShape[shape] else { return }
        var unclear: [(row: Int, elapsed: UInt64)] = []
        columns.numbers[ShapeColumns.Number.duration.rawValue].forEach(in: data.bits) { index, elapsed in
            let row = Int(ofShape[ofShape.startIndex + index])
            if elapsed > UInt64.max - rows.latestStart { unclear.append((row, elapsed)) }
            values[row] = Double(Int64(clamping: elapsed)).bitPattern
        }
        // Where a clock ran backwards the end, start plus this, has passed the end of time.
        for (row, elapsed) in unclear {
            let (_, overflow) = try rows.starts.start(row).addingReportingOverflow(elapsed)
            if overflow { values[row] = Double(0).bitPattern }
        }
    }

    private mutating func names(_ shape: UInt32, _ rows: ArraySlice<UInt32>) throws(StoreError) {
        guard let plan = shapes.dictionaries.shapes[Int(shape)].names, let columns = block.columns[shape],
            let column = columns.names
        else { throw data.damaged("no names of shape \(shape)") }
        let cells = try cells(try data.decode(plan, column, rows: columns.rowCount), .string)
        for (row, cell) in zip(rows, cells) { values[Int(row)] = cell }
    }

    /// By rank: what the column stores itself.
    private func cells(_ shape: UInt32, _ found: ShapeVerdicts.Field) throws(StoreError) -> [UInt64] {
        let decoded = try decode(shape, found)
        return try cells(decoded, found.type)
    }

    private func decode(_ shape: UInt32, _ found: ShapeVerdicts.Field) throws(StoreError) -> DecodedColumn {
        guard let columns = block.columns[shape] else { throw data.damaged("no columns of shape \(shape)") }
        return try data.decode(plan(shape, found), columns.attributes[found.index], rows: columns.rowCount)
    }

    private func cells(_ column: DecodedColumn, _ type: ValueType) throws(StoreError) -> [UInt64] {
        var cells = [UInt64](repeating: field.missing, count: column.values.count)
        for (rank, value) in column.values.enumerated() {
            if !column.isRepeated.isEmpty, column.isRepeated[rank] { continue }
            if let texts = column.texts {
                cells[rank] = texts.withBytes(UInt32(value)) { field.cell($0) }
            } else if type == .string {
                guard let cell = shapes.cell(number, string: UInt32(truncatingIfNeeded: value)) else {
                    throw data.damaged("string \(value)")
                }
                cells[rank] = cell
            } else {
                cells[rank] = field.cell(type, value)
            }
        }
        return cells
    }

    /// An attribute of a shape on the walk through all rows.
    private struct Place {
        let isRepeated: [Bool]
        let cells: [UInt64]
        let isWanted: Bool
        var rank = 0
    }

    /// Goes through the rows in order: a row that repeats has the last value of the same key and type.
    private mutating func follow(_ slot: Int, _ rows: BlockScan) throws(StoreError) {
        var places: [[Place]] = []
        var indexOfShape: [UInt32: Int] = [:]
        for shape in rows.shapes {
            guard case .attributes(let found, let mustBeWhole) = shapes.sources[number][Int(shape)],
                found.contains(where: { $0.slot == slot && !field.mustBeWhole($0.type) })
            else { continue }
            indexOfShape[shape] = places.count
            var ofShape: [Place] = []
            for one in found where one.slot == slot {
                let column = try decode(shape, one)
                ofShape.append(
                    Place(
                        isRepeated: column.isRepeated, cells: try cells(column, one.type), isWanted: !mustBeWhole))
            }
            places.append(ofShape)
        }
        var last: UInt64?
        for row in 0..<block.rowCount {
            guard let index = indexOfShape[block.shape[row]] else { continue }
            for place in places[index].indices {
                let cell = try next(&places[index][place], last)
                last = cell
                if places[index][place].isWanted { values[row] = cell }
            }
        }
    }

    /// The cell of the row's own value, or of that which it repeats.
    private func next(_ place: inout Place, _ last: UInt64?) throws(StoreError) -> UInt64 {
        let rank = place.rank
        place.rank += 1
        if place.isRepeated.isEmpty || !place.isRepeated[rank] { return place.cells[rank] }
        guard let last else { throw data.damaged("a value that repeats none") }
        return last
    }
}
