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
    private let differences = GrowingBuffer<UInt64>()
    private var distinctBytes = 0
    private var column: UInt32 = 0
    /// Into how many parts a column is cut at most.
    private let blockCount: Int

    init(_ tables: SegmentTables, blockCount: Int) {
        self.tables = tables
        self.blockCount = blockCount
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
        (plan.number, bits) = NumberPlan.choose(for: values, blocks: blockCount, scratch: differences)
        if type == .double, let (exponent, scaled) = decimals(values) {
            let (number, scaledBits) = NumberPlan.choose(for: scaled, blocks: blockCount, scratch: differences)
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
                // Through the whole number, as a reader comes back: minus zero has none.
                guard abs(whole) < 0x1p53, (Double(Int64(whole)) / power).bitPattern == bits else { break }
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
        var (plan, bits) = chooseForm(values)
        let averageBytes = distinctBytes / distinct.count
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

    /// The best form of strings that are not in a dictionary.
    private mutating func chooseForm(_ values: UnsafeBufferPointer<UInt64>) -> (ColumnPlan, Int) {
        var shape = StringShape()
        forEachDistinct { shape.look(at: $0) }
        distinctBytes = shape.bytes
        var plan = ColumnPlan()
        plan.encoding = .text
        let ends = shape.ends
        plan.prefix = shape.prefix(ends.prefix)
        plan.suffix = shape.suffix(ends.suffix)
        let averageBytes = shape.bytes / distinct.count - ends.prefix - ends.suffix
        var bits = values.count * (averageBytes + 1) * 6
        for candidate in shape.candidates() + symbolCandidates(shape) {
            guard allFit(candidate.middle, candidate.prefix, candidate.suffix) else { continue }
            var other = ColumnPlan()
            other.prefix = shape.prefix(candidate.prefix)
            other.suffix = shape.suffix(candidate.suffix)
            let cost = describe(candidate.middle, &other, values)
            if cost < bits { (plan, bits) = (other, cost) }
        }
        return (plan, bits)
    }

    /// Completes the plan of a form; returns the bits that `values` take.
    private func describe(
        _ middle: StringShape.Middle, _ plan: inout ColumnPlan, _ values: UnsafeBufferPointer<UInt64>
    ) -> Int {
        switch middle {
        case .text: return .max
        case .uuid(let isUpper):
            plan.encoding = .uuid
            plan.size = isUpper ? 1 : 0
            return values.count * 128
        case .hex(let bytes):
            plan.encoding = .hex
            plan.size = UInt8(bytes)
            return values.count * bytes * 8
        case .decimal(let digits):
            plan.encoding = .decimal
            plan.size = UInt8(digits)
            scaledValues.removeAll()
            for value in values { scaledValues.append(number(value, plan)) }
            let numbers = UnsafeBufferPointer(start: scaledValues.base, count: scaledValues.count)
            let (number, bits) = NumberPlan.choose(for: numbers, blocks: blockCount, scratch: differences)
            plan.number = number
            return bits
        case .symbols(let length, let set):
            let coding = SymbolCoding(alphabet: set.bytes, length: length)
            plan.encoding = .symbols
            plan.symbols = coding
            return values.count * coding.width
        }
    }

    /// Strings of one length over an alphabet of few characters.
    private func symbolCandidates(_ shape: StringShape) -> [(middle: StringShape.Middle, prefix: Int, suffix: Int)] {
        let ends = shape.ends
        let length = shape.longest - ends.prefix - ends.suffix
        guard shape.shortest == shape.longest, SymbolCoding.lengths ~= length else { return [] }
        var set = SymbolSet()
        var isSmall = true
        for index in 0..<distinct.count where isSmall {
            withString(distinct[index]) { string in
                for byte in string[ends.prefix..<ends.prefix + length] { set.insert(byte) }
            }
            if index & 63 == 63 { isSmall = set.count <= SymbolCoding.alphabetSizes.upperBound }
        }
        guard SymbolCoding.alphabetSizes ~= set.count else { return [] }
        return [(.symbols(length: length, set), ends.prefix, ends.suffix)]
    }

    private func allFit(_ middle: StringShape.Middle, _ prefix: Int, _ suffix: Int) -> Bool {
        if case .symbols = middle { return true }
        for index in 0..<distinct.count {
            let fits = withString(distinct[index]) { string in
                string.count >= prefix + suffix
                    && StringShape.fits(
                        middle, UnsafeRawBufferPointer(rebasing: string[prefix..<string.count - suffix]))
            }
            if !fits { return false }
        }
        return true
    }

    private func forEachDistinct(_ body: (UnsafeRawBufferPointer) -> Void) {
        for index in 0..<distinct.count { withString(distinct[index], body) }
    }

    @inline(__always)
    private func withString<R>(_ string: UInt64, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        tables.strings.withBytes(StringRef(UInt32(truncatingIfNeeded: string)), body)
    }

    /// The number that the middle of a string spells.
    private func number(_ string: UInt64, _ plan: ColumnPlan) -> UInt64 {
        withString(string) { string in
            var number: UInt64 = 0
            for byte in string[plan.prefix.count..<string.count - plan.suffix.count] {
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
        case .number, .uuid, .hex, .text, .symbols: codes.append(contentsOf: values)
        case .scaled:
            let power = ColumnPlan.powersOfTen[Int(plan.size)]
            for value in values {
                codes.append(UInt64(bitPattern: Int64((Double(bitPattern: value) * power).rounded())))
            }
        case .decimal:
            for value in values { codes.append(number(value, plan)) }
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
