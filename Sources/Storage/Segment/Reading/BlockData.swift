import Telemetry

/// The bytes of a block of rows while rows are read from it.
struct BlockData {
    let plain: ByteSource
    let bits: BitSource

    func damaged(_ problem: String) -> StoreError { plain.error(problem, at: 0) }

    func number(_ plan: ColumnPlan, _ column: RowBlock.AttributeColumn, _ position: Int) -> UInt64 {
        if plan.number.order > 0 { return column.numbers[position] }
        return PackedColumn(plan: plan.number, offset: column.data, count: column.count).value(position, in: bits)
    }

    func dictionaryIndex(_ plan: ColumnPlan, _ column: RowBlock.AttributeColumn, _ position: Int) -> Int {
        if plan.encoding == .dictionary {
            let width = NumberDictionary.width(plan.dictionary.count)
            return Int(bits.read(column.data + position * width, width))
        }
        var index = 0
        for plane in 0..<plan.planes {
            index |= Int(plain.bytes[column.data + plane * column.count + position]) << (plane * 8)
        }
        return index
    }

    /// The string at `position` of a column whose strings are not in the dictionary.
    func text(
        _ plan: ColumnPlan, _ column: RowBlock.AttributeColumn, _ position: Int
    ) throws(StoreError) -> [UInt8] {
        var text = plan.prefix
        switch plan.encoding {
        case .uuid:
            let raw = rawBytes(column.data + position * 128, 16)
            text += raw.withUnsafeBytes { TransactionValue.text($0, isUpper: plan.size == 1) }
        case .hex:
            for byte in rawBytes(column.data + position * Int(plan.size) * 8, Int(plan.size)) {
                for nibble in [byte >> 4, byte & 0xF] { text.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble) }
            }
        case .decimal:
            try appendDigits(number(plan, column, position), plan, to: &text)
        case .symbols:
            guard let symbols = plan.symbols,
                symbols.read(column.data + position * symbols.width, bits, to: &text)
            else { throw damaged("a number that is no string of its alphabet") }
        case .text, .constant, .number, .scaled, .dictionary, .dictionaryPlanes:
            text += try plainText(column, position)
        }
        return text + plan.suffix
    }

    /// The decimal digits of a number, as many as the plan says, or as it has.
    func appendDigits(_ number: UInt64, _ plan: ColumnPlan, to text: inout [UInt8]) throws(StoreError) {
        var rest = number
        let start = text.count
        repeat {
            text.append(0x30 + UInt8(rest % 10))
            rest /= 10
        } while plan.size == 0 ? rest != 0 : text.count - start < Int(plan.size)
        guard rest == 0 else { throw damaged("a number of more than \(plan.size) digits") }
        text[start...].reverse()
    }

    private func rawBytes(_ bit: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: bits.read(bit + $0 * 8, 8)) }
    }

    private func plainText(_ column: RowBlock.AttributeColumn, _ position: Int) throws(StoreError) -> [UInt8] {
        var source = plain.slice(column.data..<column.end)
        var before = 0
        var length = 0
        for index in 0..<column.count {
            let next = try source.count("bytes of a string", limit: column.end - column.data)
            if index < position { before += next }
            if index == position { length = next }
        }
        _ = try source.raw(before)
        return Array(try source.raw(length))
    }
}

extension RowBlock.AttributeColumn {
    /// Which value of the column's own data belongs to row `rank` of the shape; `nil`: the one before in the piece.
    func position(of rank: Int, _ plan: ColumnPlan, _ data: BlockData) -> Int? {
        switch plan.prediction {
        case .none: return rank
        case .all: return nil
        case .bitmap:
            var repeated = 0
            for byte in data.plain.bytes[bitmap..<bitmap + rank / 8] { repeated += byte.nonzeroBitCount }
            let byte = data.plain.bytes[bitmap + rank / 8]
            let mask = UInt8(1) << UInt8(rank % 8)
            if byte & mask != 0 { return nil }
            return rank - repeated - (byte & (mask - 1)).nonzeroBitCount
        }
    }
}

extension RowBlock.ShapeColumnsInBlock {
    func value(_ number: ShapeColumns.Number, _ index: Int, _ bits: BitSource) -> UInt64 {
        if let values = summed[number.rawValue] { return values[index] }
        return numbers[number.rawValue].value(index, in: bits)
    }
}

extension ByteSource {
    /// A source over part of the bytes; `range` has been checked.
    func slice(_ range: Range<Int>) -> ByteSource {
        ByteSource(UnsafeRawBufferPointer(rebasing: bytes[range]), path: path, what: what)
    }
}
