import Telemetry

/// Where a segment's bytes go.
extension SegmentReader {
    /// Bytes on disk by column, the largest first: attributes by key over all shapes, the numbers that every span has,
    /// what is left of the rows, and the blocks that hold no rows. Reads every block of rows.
    package func columnCosts() throws(StoreError) -> [(column: String, bytes: Int)] {
        var costs: [String: Double] = [:]
        for group in groups.indices {
            let dictionaries = try dictionaries(of: group)
            for index in groups[group].rowBlocks {
                add(try rows(index: index, dictionaries), rowBlocks[index], dictionaries, to: &costs)
            }
            for block in blocks[groups[group].blocks] where block.kind != .rows {
                costs["block of \(block.kind)", default: 0] += Double(block.length)
            }
        }
        costs["header and footer"] = Double(fileBytes - blocks.reduce(0) { $0 + $1.length })
        return costs.map { (column: $0.key, bytes: Int($0.value.rounded())) }
            .sorted { $0.bytes != $1.bytes ? $0.bytes > $1.bytes : $0.column < $1.column }
    }

    private func add(
        _ block: RowBlock, _ summary: BlockSummary, _ dictionaries: SegmentDictionaries,
        to costs: inout [String: Double]
    ) {
        let stored = summary.length - SegmentFormat.blockHeaderBytes - block.raw.count
        let ratio = block.plain.isEmpty ? 0 : Double(stored) / Double(block.plain.count)
        var plainLeft = block.plain.count
        func add(_ name: String, _ column: RowBlock.AttributeColumn) {
            plainLeft -= column.plainBytes
            costs[name, default: 0] += Double(column.plainBytes) * ratio + Double(column.bits) / 8
        }
        block.raw.withUnsafeBytes { raw in
            let bits = BitSource(bytes: raw)
            for (number, found) in block.columns {
                for kind in ShapeColumns.Number.allCases {
                    let column = found.numbers[kind.rawValue]
                    let end = column.end(in: bits) ?? column.offset
                    costs[kind.name, default: 0] += Double(end - column.offset) / 8
                }
                if let names = found.names { add("name", names) }
                let fields = dictionaries.layouts[Int(dictionaries.shapes[Int(number)].layout)]
                for (field, column) in zip(fields, found.attributes) {
                    let key = dictionaries.strings.withBytes(field.key) { String(decoding: $0, as: UTF8.self) }
                    add("attribute \(key)", column)
                }
            }
        }
        costs["shape, parent, batch, status message, events, links", default: 0] += Double(plainLeft) * ratio
    }
}

extension ShapeColumns.Number {
    fileprivate var name: String {
        switch self {
        case .spanID: "span id"
        case .startAfterParent: "start after the parent"
        case .startAfterFirst: "start after the first"
        case .duration: "duration"
        case .externalParent: "parent id"
        }
    }
}
