import Telemetry

/// All columns of a block of rows, decoded and laid out flat: what a reader of many rows takes, where a reader of few
/// looks each value up.
final class BlockColumns {
    /// One attribute of one shape: its first value in `values`.
    struct Column: BitwiseCopyable {
        var start: Int
        /// Whether the values are indices into `texts`.
        var isText: Bool
    }

    let block: RowBlock
    /// By row.
    let spanIDs: [UInt64]
    let starts: [UInt64]
    let durations: [UInt64]
    /// By row, where it has one.
    let externalParents: [UInt64]
    /// By shape number, for shapes of the block: where its columns start in `columns`, the names first.
    private(set) var firstColumn: [Int32]
    let columns = GrowingBuffer<Column>()
    let values = GrowingBuffer<UInt64>()
    /// Whether a value is that of the same key before.
    let isRepeated = GrowingBuffer<Bool>()
    private(set) var texts = StringList()

    init(_ block: RowBlock, _ dictionaries: SegmentDictionaries, firstStart: UInt64, path: String) throws(StoreError) {
        self.block = block
        starts = try block.decodeStarts(firstStart: firstStart, path: path)
        durations = block.spread(.duration, block.rank)
        spanIDs = block.spread(.spanID, block.rank)
        externalParents = block.spread(.externalParent, block.externalRank)
        firstColumn = [Int32](repeating: -1, count: dictionaries.shapes.count)
        for (number, found) in block.columns {
            firstColumn[Int(number)] = Int32(columns.count)
            if let names = try block.decodeNames(of: number, dictionaries, path: path) {
                append(names)
            } else {
                columns.append(Column(start: 0, isText: false))
            }
            for attribute in found.attributes.indices {
                append(try block.decodeColumn(shape: number, attribute: attribute, dictionaries, path: path))
            }
        }
    }

    private func append(_ column: DecodedColumn) {
        let base = UInt64(texts.count)
        columns.append(Column(start: values.count, isText: column.texts != nil))
        column.values.withUnsafeBufferPointer { values.append(contentsOf: $0) }
        if let own = column.texts {
            texts.append(contentsOf: own)
            for index in values.count - column.values.count..<values.count { values.base[index] += base }
        }
        if column.isRepeated.isEmpty {
            isRepeated.reserve(column.values.count)
            (isRepeated.base + isRepeated.count).initialize(repeating: false, count: column.values.count)
            isRepeated.grow(by: column.values.count)
        } else {
            column.isRepeated.withUnsafeBufferPointer { isRepeated.append(contentsOf: $0) }
        }
    }
}
