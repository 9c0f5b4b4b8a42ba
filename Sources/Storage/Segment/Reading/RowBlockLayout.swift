import Telemetry

/// Walks a block of rows once: decodes its small columns and finds where the others lie, all within bounds.
struct RowBlockLayout {
    let rowCount: Int
    let dictionaries: SegmentDictionaries
    var shape: [UInt32] = []
    var parentCode: [UInt32] = []
    var part: [UInt32] = []
    var rank: [UInt32] = []
    var startRank: [UInt32] = []
    var externalRank: [UInt32] = []
    var sparse: [[UInt32: UInt32]] = []
    var events: [UInt32: Range<Int>] = [:]
    var links: [UInt32: Range<Int>] = [:]
    var columns: [UInt32: RowBlock.ShapeColumnsInBlock] = [:]

    init(rowCount: Int, dictionaries: SegmentDictionaries) {
        self.rowCount = rowCount
        self.dictionaries = dictionaries
    }

    mutating func read(_ source: inout ByteSource, raw: [UInt8]) throws(StoreError) {
        let at = source.position
        shape = try planes(&source)
        for number in shape where number >= UInt32(dictionaries.shapes.count) {
            throw source.error("shape \(number) of \(dictionaries.shapes.count)", at: at)
        }
        parentCode = try planes(&source)
        part = try parts(&source)
        for _ in 0..<5 { sparse.append(try sparseColumn(&source)) }
        events = try runs(&source)
        links = try runs(&source)
        countRows()
        var failure: StoreError?
        raw.withUnsafeBytes { bytes in
            do throws(StoreError) { try findColumns(&source, BitSource(bytes: bytes)) } catch { failure = error }
        }
        if let failure { throw failure }
        try source.expectEnd()
    }

    private func planes(_ source: inout ByteSource) throws(StoreError) -> [UInt32] {
        let at = source.position
        let planes = Int(try source.byte())
        guard 1...4 ~= planes else { throw source.error("\(planes) planes of bytes", at: at) }
        var values = [UInt32](repeating: 0, count: rowCount)
        for plane in 0..<planes {
            let bytes = try source.raw(rowCount)
            for row in 0..<rowCount { values[row] |= UInt32(bytes[row]) << UInt32(plane * 8) }
        }
        return values
    }

    private func parts(_ source: inout ByteSource) throws(StoreError) -> [UInt32] {
        let at = source.position
        guard let rule = PartColumn.Rule(rawValue: try source.byte()) else {
            throw source.error("an unknown rule for batches", at: at)
        }
        let exceptions = try source.count("batch changes", limit: rowCount)
        var parts = [UInt32](repeating: 0, count: rowCount)
        var expected = [UInt32?](repeating: nil, count: rule == .previousRow ? 1 : dictionaries.resources.count)
        var last: Int64 = 0
        var next = 0
        func fill(until end: Int) throws(StoreError) {
            for row in next..<end {
                guard let part = expected[slot(rule, row)] else { throw source.error("a row without a batch", at: at) }
                parts[row] = part
            }
        }
        for _ in 0..<exceptions {
            let gap = try source.count("rows", limit: rowCount - next)
            try fill(until: next + gap)
            let row = next + gap
            let (part, overflow) = last.addingReportingOverflow(try source.zigzag())
            guard !overflow, row < rowCount, part >= 0, part < dictionaries.parts.count else {
                throw source.error("batch \(part) of \(dictionaries.parts.count)", at: source.position)
            }
            last = part
            expected[slot(rule, row)] = UInt32(part)
            parts[row] = UInt32(part)
            next = row + 1
        }
        try fill(until: rowCount)
        return parts
    }

    private func slot(_ rule: PartColumn.Rule, _ row: Int) -> Int {
        rule == .previousRow ? 0 : Int(dictionaries.shapes[Int(shape[row])].resource)
    }

    private func sparseColumn(_ source: inout ByteSource) throws(StoreError) -> [UInt32: UInt32] {
        let count = try source.count("rows with a value", limit: rowCount)
        var values: [UInt32: UInt32] = [:]
        values.reserveCapacity(count)
        var next = 0
        for _ in 0..<count {
            let row = next + (try source.count("rows", limit: rowCount - 1 - next))
            values[UInt32(row)] = try source.word32("value")
            next = row + 1
        }
        return values
    }

    private func runs(_ source: inout ByteSource) throws(StoreError) -> [UInt32: Range<Int>] {
        let count = try source.count("rows with entries", limit: rowCount)
        var heads: [(row: UInt32, length: Int)] = []
        heads.reserveCapacity(count)
        var next = 0
        for _ in 0..<count {
            let row = next + (try source.count("rows", limit: rowCount - 1 - next))
            heads.append((UInt32(row), try source.count("bytes", limit: source.remaining)))
            next = row + 1
        }
        var runs: [UInt32: Range<Int>] = [:]
        runs.reserveCapacity(count)
        for head in heads {
            let start = source.position
            _ = try source.raw(head.length)
            runs[head.row] = start..<source.position
        }
        return runs
    }

    private mutating func countRows() {
        var counts = [(rows: UInt32, afterParent: UInt32, external: UInt32)](
            repeating: (0, 0, 0), count: dictionaries.shapes.count)
        rank = [UInt32](repeating: 0, count: rowCount)
        startRank = rank
        externalRank = rank
        for row in 0..<rowCount {
            let number = Int(shape[row])
            let code = parentCode[row]
            rank[row] = counts[number].rows
            let isAfterParent = code >= 2 && code & 1 == 0
            startRank[row] =
                isAfterParent ? counts[number].afterParent : counts[number].rows - counts[number].afterParent
            externalRank[row] = counts[number].external
            counts[number].rows += 1
            if isAfterParent { counts[number].afterParent += 1 }
            if code == RowRelations.externalParent { counts[number].external += 1 }
        }
        for number in counts.indices where counts[number].rows > 0 {
            var found = RowBlock.ShapeColumnsInBlock()
            found.rowCount = Int(counts[number].rows)
            found.afterParent = Int(counts[number].afterParent)
            found.external = Int(counts[number].external)
            columns[UInt32(number)] = found
        }
    }

    private mutating func findColumns(_ source: inout ByteSource, _ bits: BitSource) throws(StoreError) {
        var bit = 0
        for number in columns.keys.sorted() {
            guard var found = columns[number] else { continue }
            let shape = dictionaries.shapes[Int(number)]
            for kind in ShapeColumns.Number.allCases {
                let count =
                    switch kind {
                    case .spanID, .duration: found.rowCount
                    case .startAfterParent: found.afterParent
                    case .startAfterFirst: found.rowCount - found.afterParent
                    case .externalParent: found.external
                    }
                let column = PackedColumn(plan: shape.numbers[kind.rawValue], offset: bit, count: count)
                guard let end = column.end(in: bits) else { throw outside(source, bit, bits) }
                bit = end
                found.numbers.append(column)
                if column.plan.order > 0 { found.summed[kind.rawValue] = column.values(in: bits) }
            }
            if let plan = shape.names {
                found.names = try findColumn(plan, rows: found.rowCount, &source, bits, &bit)
            }
            for plan in shape.attributes {
                found.attributes.append(try findColumn(plan, rows: found.rowCount, &source, bits, &bit))
            }
            columns[number] = found
        }
        guard bits.bitCount - bit < 8, bits.bytes.count >= BitSink.padding else { throw outside(source, bit, bits) }
    }

    private func findColumn(
        _ plan: ColumnPlan, rows: Int, _ source: inout ByteSource, _ bits: BitSource, _ bit: inout Int
    ) throws(StoreError) -> RowBlock.AttributeColumn {
        var column = RowBlock.AttributeColumn()
        if plan.prediction == .all { return column }
        let start = (plain: source.position, bit: bit)
        column.count = rows
        if plan.prediction == .bitmap {
            column.bitmap = source.position
            let bitmap = try source.raw((rows + 7) / 8)
            for byte in bitmap { column.count -= byte.nonzeroBitCount }
            let unused = rows % 8 == 0 ? 0 : bitmap[rows / 8] >> UInt8(rows % 8)
            guard unused == 0 else { throw source.error("a bitmap of more rows than there are", at: column.bitmap) }
        }
        column.data = bit
        var width: Int?
        switch plan.encoding {
        case .constant: break
        case .number, .scaled, .decimal:
            let packed = PackedColumn(plan: plan.number, offset: bit, count: column.count)
            guard let end = packed.end(in: bits) else { throw outside(source, bit, bits) }
            bit = end
            if plan.number.order > 0 { column.numbers = packed.values(in: bits) }
        case .dictionary: width = NumberDictionary.width(plan.dictionary.count)
        case .uuid: width = 128
        case .hex: width = Int(plan.size) * 8
        case .symbols: width = plan.symbols?.width ?? 0
        case .dictionaryPlanes:
            column.data = source.position
            _ = try source.raw(column.count * plan.planes)
        case .text:
            let length = try source.count("bytes of text", limit: source.remaining)
            column.data = source.position
            _ = try source.raw(length)
            column.end = source.position
        }
        if let width {
            guard column.count * width <= bits.bitCount - bit else { throw outside(source, bit, bits) }
            bit += column.count * width
        }
        column.plainBytes = source.position - start.plain
        column.bits = bit - start.bit
        return column
    }

    private func outside(_ source: ByteSource, _ bit: Int, _ bits: BitSource) -> StoreError {
        source.error("packed columns that end at bit \(bit) of \(bits.bitCount)", at: source.position)
    }
}
