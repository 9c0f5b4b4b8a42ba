import Telemetry

/// Which rows of a block pass a comparison of a span's attribute.
struct AttributeScan {
    private let block: RowBlock
    private let data: BlockData
    private let verdicts: ShapeVerdicts
    private let leaf: Int
    private let rowsOfShape: [UInt32: ArraySlice<UInt32>]

    init(
        _ block: RowBlock, _ data: BlockData, _ verdicts: ShapeVerdicts, _ leaf: Int,
        _ rowsOfShape: [UInt32: ArraySlice<UInt32>]
    ) {
        self.block = block
        self.data = data
        self.verdicts = verdicts
        self.leaf = leaf
        self.rowsOfShape = rowsOfShape
    }

    /// The rows of `shapes` that pass.
    mutating func rows(of shapes: [UInt32]) throws(StoreError) -> RowBitmap {
        var found = RowBitmap(count: block.rowCount)
        var repeated: Set<Int> = []
        for shape in shapes {
            for field in verdicts.fields(leaf, shape) {
                if verdicts.plan(shape, field).prediction != .none {
                    repeated.insert(field.slot)
                    continue
                }
                let outcomes = try outcomes(shape, field)
                for (row, outcome) in zip(rowsOfShape[shape] ?? [], outcomes) where outcome { found.insert(Int(row)) }
            }
        }
        let isWanted = Set(shapes)
        for slot in repeated.sorted() { try walk(slot, isWanted, &found) }
        return found
    }

    private func outcomes(_ shape: UInt32, _ field: ShapeVerdicts.Field) throws(StoreError) -> [Bool] {
        guard let columns = block.columns[shape] else { throw data.damaged("no columns of shape \(shape)") }
        let scan = ColumnScan(
            plan: verdicts.plan(shape, field), type: field.type, column: columns.attributes[field.index], data: data,
            strings: verdicts.dictionaries.strings)
        let known = verdicts.column(leaf, shape, field)
        return try scan.outcomes(known, &verdicts.filter.leaves[leaf].test)
    }

    /// An attribute of a shape on the walk through all rows.
    private struct Place {
        let plan: ColumnPlan
        let bitmap: Int
        let outcomes: [Bool]
        /// How many rows of the shape have been passed, and how many values of its own.
        var rank = 0
        var own = 0
    }

    /// Goes through the rows in order: a row that repeats has the outcome of the last value of the same key and type.
    private func walk(_ slot: Int, _ isWanted: Set<UInt32>, _ found: inout RowBitmap) throws(StoreError) {
        var places: [[Place]] = []
        var indexOfShape: [UInt32: (index: Int, isWanted: Bool)] = [:]
        for shape in rowsOfShape.keys {
            let fields = verdicts.fields(leaf, shape).filter { $0.slot == slot }
            if fields.isEmpty { continue }
            indexOfShape[shape] = (places.count, isWanted.contains(shape))
            var ofShape: [Place] = []
            for field in fields {
                let plan = verdicts.plan(shape, field)
                ofShape.append(
                    Place(
                        plan: plan, bitmap: block.columns[shape]?.attributes[field.index].bitmap ?? 0,
                        outcomes: plan.prediction == .all ? [] : try outcomes(shape, field)))
            }
            places.append(ofShape)
        }
        var last = false
        for row in 0..<block.rowCount {
            guard let (index, wanted) = indexOfShape[block.shape[row]] else { continue }
            for field in places[index].indices {
                if let outcome = try next(&places[index][field]) { last = outcome }
                if last, wanted { found.insert(row) }
            }
        }
    }

    /// The outcome of the row's own value; `nil` where it repeats.
    private func next(_ place: inout Place) throws(StoreError) -> Bool? {
        let rank = place.rank
        place.rank += 1
        switch place.plan.prediction {
        case .all: return nil
        case .bitmap where data.plain.bytes[place.bitmap + rank / 8] >> UInt8(rank % 8) & 1 == 1: return nil
        case .none, .bitmap: break
        }
        guard place.own < place.outcomes.count else { throw data.damaged("a row without a value") }
        place.own += 1
        return place.outcomes[place.own - 1]
    }
}
