import Telemetry

/// The bytes of a block of rows while rows are read from it.
struct BlockData {
    let plain: ByteSource
    let bits: BitSource

    func damaged(_ problem: String) -> StoreError { plain.error(problem, at: 0) }

    func number(_ plan: ColumnPlan, _ column: RowBlock.AttributeColumn, _ position: Int) -> UInt64 {
        PackedColumn(plan: plan.number, offset: column.data, count: column.count).value(position, in: bits)
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
        switch plan.encoding {
        case .uuid:
            let raw = rawBytes(column.data + position * 128, 16)
            return raw.withUnsafeBytes { TransactionValue.text($0) }
        case .hex:
            var digits: [UInt8] = []
            for byte in rawBytes(column.data + position * Int(plan.size) * 8, Int(plan.size)) {
                for nibble in [byte >> 4, byte & 0xF] { digits.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble) }
            }
            return digits
        case .decimal:
            var rest = number(plan, column, position)
            var digits = [UInt8](repeating: 0x30, count: Int(plan.size))
            for index in digits.indices.reversed() {
                digits[index] += UInt8(rest % 10)
                rest /= 10
            }
            guard rest == 0 else { throw damaged("a number of more than \(plan.size) digits") }
            return plan.prefix + digits
        default:
            return try plainText(column, position)
        }
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
        numbers[number.rawValue].value(index, in: bits)
    }
}

extension ByteSource {
    /// A source over part of the bytes; `range` has been checked.
    func slice(_ range: Range<Int>) -> ByteSource {
        ByteSource(UnsafeRawBufferPointer(rebasing: bytes[range]), path: path, what: what)
    }
}
