import Telemetry

/// Whole columns at once, for scans: a few nanoseconds a value, where single rows cost a search each.
///
/// A block's columns are read one by one, in any order. `shape` says of which shape each row is and `rank` which row of
/// that shape; `columns[shape]` says which shapes the block has and where their columns lie. To follow a (key, type)
/// through the rows, go through them in order and, for each field of the row's shape that has this slot
/// (`SegmentDictionaries.Field.slot`), take the decoded value, or the last one of the slot where it is repeated;
/// forget the last one where a piece begins (`SegmentReader.pieces`).
extension RowBlock {
    /// Attribute `attribute` of the rows of `shape`, which the block must have.
    func decodeColumn(
        shape: UInt32, attribute: Int, _ dictionaries: SegmentDictionaries, path: String
    ) throws(StoreError) -> DecodedColumn {
        guard let found = columns[shape], found.attributes.indices.contains(attribute) else {
            preconditionFailure("a block has no column \(attribute) of shape \(shape)")
        }
        return try decode(
            dictionaries.shapes[Int(shape)].attributes[attribute], found.attributes[attribute], rows: found.rowCount,
            path: path)
    }

    private func decode(
        _ plan: ColumnPlan, _ column: AttributeColumn, rows: Int, path: String
    ) throws(StoreError) -> DecodedColumn {
        var result: DecodedColumn?
        var failure: StoreError?
        withData(path: path) { data in
            do throws(StoreError) { result = try data.decode(plan, column, rows: rows) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard let result else { preconditionFailure("a column is decoded or an error") }
        return result
    }

    /// The names of the rows of `shape`, where they are not all `SegmentDictionaries.Shape.name`.
    func decodeNames(
        of shape: UInt32, _ dictionaries: SegmentDictionaries, path: String
    ) throws(StoreError) -> DecodedColumn? {
        guard let found = columns[shape], let column = found.names,
            let plan = dictionaries.shapes[Int(shape)].names
        else { return nil }
        return try decode(plan, column, rows: found.rowCount, path: path)
    }

    /// One of the numbers that every span has, of the rows of `shape` that have it (`startRank` and `externalRank` say
    /// which element of `startAfterParent`, `startAfterFirst` and `externalParent` is a row's).
    func decodeNumbers(_ number: ShapeColumns.Number, of shape: UInt32) -> [UInt64] {
        guard let found = columns[shape] else { return [] }
        return raw.withUnsafeBytes { found.numbers[number.rawValue].values(in: BitSource(bytes: $0)) }
    }

    /// End minus start of each row, in row order, modulo 2^64.
    func decodeDurations() -> [UInt64] { spread(.duration, rank) }

    /// A number of each row that has it, in row order; `rank` says which element of its shape's column is a row's.
    func spread(_ number: ShapeColumns.Number, _ rank: [UInt32]) -> [UInt64] {
        var ofShape: [UInt32: [UInt64]] = [:]
        for shape in columns.keys { ofShape[shape] = decodeNumbers(number, of: shape) }
        return (0..<rowCount).map { row in
            guard let values = ofShape[shape[row]], Int(rank[row]) < values.count else { return 0 }
            return values[Int(rank[row])]
        }
    }

    /// The start of each row, in row order; `firstStart` is the group's earliest.
    func decodeStarts(firstStart: UInt64, path: String) throws(StoreError) -> [UInt64] {
        var starts = [UInt64](repeating: 0, count: rowCount)
        var ofShape: [UInt32: (afterParent: [UInt64], afterFirst: [UInt64])] = [:]
        for number in columns.keys {
            ofShape[number] = (
                decodeNumbers(.startAfterParent, of: number), decodeNumbers(.startAfterFirst, of: number)
            )
        }
        for row in 0..<rowCount {
            guard let columns = ofShape[shape[row]] else { preconditionFailure("a row's shape has columns") }
            let code = parentCode[row]
            let rank = Int(startRank[row])
            if code >= 2, code & 1 == 0 {
                let parent = row - Int(code - 2) / 2 - 1
                guard parent >= 0 else {
                    throw StoreError(
                        .corrupt, "the rows block from row \(firstRow) has a parent before its first row", path: path)
                }
                starts[row] = starts[parent] &+ columns.afterParent[rank]
            } else {
                starts[row] = firstStart &+ columns.afterFirst[rank]
            }
        }
        return starts
    }

    func withData(path: String, _ body: (BlockData) -> Void) {
        plain.withUnsafeBytes { plain in
            raw.withUnsafeBytes { raw in
                body(
                    BlockData(
                        plain: ByteSource(plain, path: path, what: "the rows block from row \(firstRow)"),
                        bits: BitSource(bytes: raw)))
            }
        }
    }
}

extension BlockData {
    /// All values of a column.
    func decode(
        _ plan: ColumnPlan, _ column: RowBlock.AttributeColumn, rows: Int
    ) throws(StoreError) -> DecodedColumn {
        if plan.prediction == .all {
            return DecodedColumn(
                isRepeated: [Bool](repeating: true, count: rows), values: [UInt64](repeating: 0, count: rows))
        }
        var decoded = try decodeOwn(plan, column)
        if plan.prediction == .bitmap {
            var spread = [UInt64](repeating: 0, count: rows)
            decoded.isRepeated = [Bool](repeating: false, count: rows)
            var next = 0
            for row in 0..<rows {
                if plain.bytes[column.bitmap + row / 8] >> UInt8(row % 8) & 1 == 1 {
                    decoded.isRepeated[row] = true
                } else {
                    spread[row] = decoded.values[next]
                    next += 1
                }
            }
            decoded.values = spread
        }
        return decoded
    }

    /// The values that a column has data for.
    private func decodeOwn(_ plan: ColumnPlan, _ column: RowBlock.AttributeColumn) throws(StoreError) -> DecodedColumn {
        let count = column.count
        switch plan.encoding {
        case .constant:
            return DecodedColumn(isRepeated: [], values: [UInt64](repeating: plan.constant, count: count))
        case .number:
            return DecodedColumn(isRepeated: [], values: packed(plan, column))
        case .scaled:
            let power = ColumnPlan.powersOfTen[Int(plan.size)]
            return DecodedColumn(
                isRepeated: [],
                values: packed(plan, column).map { (Double(Int64(bitPattern: $0)) / power).bitPattern })
        case .dictionary, .dictionaryPlanes:
            var values: [UInt64] = []
            values.reserveCapacity(count)
            for position in 0..<count {
                let index = dictionaryIndex(plan, column, position)
                guard index < plan.dictionary.count else {
                    throw damaged("entry \(index) of a column's dictionary of \(plan.dictionary.count)")
                }
                values.append(plan.dictionary[index])
            }
            return DecodedColumn(isRepeated: [], values: values)
        case .uuid, .hex, .decimal, .text, .symbols:
            return DecodedColumn(
                isRepeated: [], values: (0..<count).map { UInt64($0) }, texts: try texts(plan, column))
        }
    }

    private func packed(_ plan: ColumnPlan, _ column: RowBlock.AttributeColumn) -> [UInt64] {
        PackedColumn(plan: plan.number, offset: column.data, count: column.count).values(in: bits)
    }

    private func texts(_ plan: ColumnPlan, _ column: RowBlock.AttributeColumn) throws(StoreError) -> StringList {
        var list = StringList()
        switch plan.encoding {
        case .text:
            var source = plain.slice(column.data..<column.end)
            var lengths: [Int] = []
            lengths.reserveCapacity(column.count)
            for _ in 0..<column.count {
                lengths.append(try source.count("bytes of a string", limit: column.end - column.data))
            }
            for length in lengths { list.append(plan.prefix, try source.raw(length), plan.suffix) }
        case .decimal:
            var text: [UInt8] = []
            for number in packed(plan, column) {
                text.removeAll(keepingCapacity: true)
                text += plan.prefix
                try appendDigits(number, plan, to: &text)
                text += plan.suffix
                text.withUnsafeBytes { list.append($0) }
            }
        case .uuid, .hex, .symbols, .constant, .number, .scaled, .dictionary, .dictionaryPlanes:
            for position in 0..<column.count {
                let text = try text(plan, column, position)
                text.withUnsafeBytes { list.append($0) }
            }
        }
        return list
    }
}
