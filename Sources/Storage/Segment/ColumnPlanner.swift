import Telemetry

/// Looks at all values of a column and chooses the encoding that takes the fewest bits.
struct ColumnPlanner {
    private let tables: SegmentTables
    /// Per string of the segment: which column saw it last, and its index there.
    private let stamp: GrowingBuffer<UInt32>
    private let local: GrowingBuffer<UInt32>
    private let distinct = GrowingBuffer<UInt64>()
    private let residual = GrowingBuffer<UInt64>()
    private let scaledValues = GrowingBuffer<UInt64>()
    private var column: UInt32 = 0

    init(_ tables: SegmentTables) {
        self.tables = tables
        stamp = GrowingBuffer(repeating: 0, count: tables.strings.count)
        local = GrowingBuffer(repeating: 0, count: tables.strings.count)
    }

    /// The distinct strings of the column planned last, but perhaps for such as an earlier column of the same key has.
    var distinctStrings: UnsafeBufferPointer<UInt64> {
        UnsafeBufferPointer(start: distinct.base, count: distinct.count)
    }

    /// Chooses for `values`, of which those marked in `repeated` have a predecessor with the same value, and appends to
    /// `codes` what will be written for the others: numbers, indices, or the segment's strings.
    mutating func plan(
        type: ValueType, values: UnsafeBufferPointer<UInt64>, repeated: UnsafeBufferPointer<Bool>,
        repeatedCount: Int, codes: GrowingBuffer<UInt64>
    ) -> ColumnPlan {
        var plan = ColumnPlan()
        if values.isEmpty { return plan }
        plan.constant = values[0]
        if isConstant(values) { return plan }
        if repeatedCount == values.count {
            plan.prediction = .all
            return plan
        }
        let bits: Int
        (plan, bits) = choose(type, values)
        if repeatedCount * 8 > values.count {
            residual.removeAll()
            for index in values.indices where !repeated[index] { residual.append(values[index]) }
            let others = UnsafeBufferPointer(start: residual.base, count: residual.count)
            let (other, otherBits) = choose(type, others)
            // LZ4 shortens a bitmap; runs are common.
            if otherBits + values.count * 3 / 4 < bits {
                plan = other
                plan.prediction = .bitmap
                appendCodes(plan, isReference: type.isReference, others, codes)
                return plan
            }
        }
        appendCodes(plan, isReference: type.isReference, values, codes)
        return plan
    }

    private func isConstant(_ values: UnsafeBufferPointer<UInt64>) -> Bool {
        for value in values where value != values[0] { return false }
        return true
    }

    private mutating func choose(_ type: ValueType, _ values: UnsafeBufferPointer<UInt64>) -> (ColumnPlan, Int) {
        var plan = ColumnPlan()
        plan.constant = values[0]
        if isConstant(values) { return (plan, 32) }
        return type.isReference ? chooseString(values) : chooseNumber(type, values)
    }

    private mutating func chooseNumber(
        _ type: ValueType, _ values: UnsafeBufferPointer<UInt64>
    ) -> (ColumnPlan, Int) {
        var plan = ColumnPlan()
        plan.encoding = .number
        var bits: Int
        (plan.number, bits) = NumberPlan.choose(for: values)
        if type == .double, let (exponent, scaled) = decimals(values) {
            let (number, scaledBits) = NumberPlan.choose(for: scaled)
            if scaledBits < bits {
                plan.encoding = .scaled
                plan.size = UInt8(exponent)
                plan.number = number
                bits = scaledBits
            }
        }
        if bits > values.count * 4, let found = NumberDictionary(values) {
            let cost = found.entries.count * 64 + values.count * NumberDictionary.width(found.entries.count)
            if cost < bits {
                plan = ColumnPlan()
                plan.encoding = .dictionary
                plan.dictionary = found.entries
                bits = cost
            }
        }
        return (plan, bits)
    }

    /// The smallest power of ten over which all values are whole numbers, exactly, and those numbers.
    private func decimals(_ values: UnsafeBufferPointer<UInt64>) -> (Int, UnsafeBufferPointer<UInt64>)? {
        for (exponent, power) in ColumnPlan.powersOfTen.enumerated() {
            scaledValues.removeAll()
            for bits in values {
                let value = Double(bitPattern: bits)
                let whole = (value * power).rounded()
                guard abs(whole) < 0x1p53, (whole / power).bitPattern == bits else { break }
                scaledValues.append(UInt64(bitPattern: Int64(whole)))
            }
            if scaledValues.count == values.count {
                return (exponent, UnsafeBufferPointer(start: scaledValues.base, count: scaledValues.count))
            }
        }
        return nil
    }

    private mutating func chooseString(_ values: UnsafeBufferPointer<UInt64>) -> (ColumnPlan, Int) {
        column += 1
        distinct.removeAll()
        var changes = 0
        var previous = UInt64.max
        for value in values {
            let string = Int(truncatingIfNeeded: value)
            if stamp[string] != column {
                stamp[string] = column
                distinct.append(value)
            }
            if value != previous { changes &+= 1 }
            previous = value
        }
        var shape = StringShape()
        tables.strings.withArena { arena in
            for index in 0..<distinct.count {
                let range = tables.strings.range(StringRef(UInt32(truncatingIfNeeded: distinct[index])))
                shape.look(at: UnsafeRawBufferPointer(rebasing: arena[range]))
            }
        }
        var plan = ColumnPlan()
        plan.encoding = .text
        let averageBytes = shape.bytes / distinct.count
        var bits = values.count * (averageBytes + 1) * 6
        if shape.isUUID {
            plan.encoding = .uuid
            bits = values.count * 128
        } else if shape.isDecimal {
            let (number, cost) = decimalNumbers(shape, values)
            if cost < bits {
                plan.encoding = .decimal
                plan.number = number
                plan.prefix = shape.prefix
                plan.size = UInt8(shape.digits)
                bits = cost
            }
        } else if shape.isHex, values.count * shape.length * 4 < bits {
            plan.encoding = .hex
            plan.size = UInt8(shape.length / 2)
            bits = values.count * shape.length * 4
        }
        if distinct.count <= SegmentFormat.maximumColumnDictionary {
            let width = NumberDictionary.width(distinct.count)
            let entries = distinct.count * (averageBytes + 4) * 6
            let planes = changes * (distinct.count <= 256 ? 20 : 36)
            let cost = entries + min(planes, values.count * width)
            if cost < bits {
                plan = ColumnPlan()
                plan.encoding = planes < values.count * width ? .dictionaryPlanes : .dictionary
                plan.dictionary = Array(UnsafeBufferPointer(start: distinct.base, count: distinct.count))
                bits = cost
            }
        }
        return (plan, bits)
    }

    private func decimalNumbers(_ shape: StringShape, _ values: UnsafeBufferPointer<UInt64>) -> (NumberPlan, Int) {
        scaledValues.removeAll()
        for value in values { scaledValues.append(number(value, digits: shape.digits)) }
        return NumberPlan.choose(for: UnsafeBufferPointer(start: scaledValues.base, count: scaledValues.count))
    }

    /// The number that the last `digits` bytes of a string spell.
    private func number(_ string: UInt64, digits: Int) -> UInt64 {
        tables.strings.withArena { arena in
            let range = tables.strings.range(StringRef(UInt32(truncatingIfNeeded: string)))
            var number: UInt64 = 0
            for byte in arena[range.upperBound - digits..<range.upperBound] {
                number = number &* 10 &+ UInt64(byte &- 0x30)
            }
            return number
        }
    }

    private func appendCodes(
        _ plan: ColumnPlan, isReference: Bool, _ values: UnsafeBufferPointer<UInt64>, _ codes: GrowingBuffer<UInt64>
    ) {
        codes.reserve(values.count)
        switch plan.encoding {
        case .constant: break
        case .number, .uuid, .hex, .text: codes.append(contentsOf: values)
        case .scaled:
            let power = ColumnPlan.powersOfTen[Int(plan.size)]
            for value in values {
                codes.append(UInt64(bitPattern: Int64((Double(bitPattern: value) * power).rounded())))
            }
        case .decimal:
            for value in values { codes.append(number(value, digits: Int(plan.size))) }
        case .dictionary, .dictionaryPlanes:
            if isReference {
                for (index, string) in plan.dictionary.enumerated() { local[Int(string)] = UInt32(index) }
                for value in values { codes.append(UInt64(local[Int(truncatingIfNeeded: value)])) }
                return
            }
            guard let numbers = plan.dictionary.withUnsafeBufferPointer({ NumberDictionary($0) }) else {
                preconditionFailure("a column's dictionary has too many numbers")
            }
            for value in values { codes.append(UInt64(numbers.index(of: value))) }
        }
    }
}
