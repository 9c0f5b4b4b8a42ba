/// The one string that is looked for, in the form in which a column stores its strings: compared without making them.
enum ColumnTarget {
    case uuid(UInt64, UInt64)
    case hex([UInt8])
    case decimal(UInt64)
    /// A string that the column's alphabet can spell.
    case symbols
    /// No string of the column is it.
    case nothing

    init(_ whole: [UInt8], _ plan: ColumnPlan) {
        self = .nothing
        guard whole.count >= plan.prefix.count + plan.suffix.count, whole.starts(with: plan.prefix),
            whole.suffix(plan.suffix.count).elementsEqual(plan.suffix)
        else { return }
        var string = Array(whole[plan.prefix.count..<whole.count - plan.suffix.count])
        switch plan.encoding {
        case .uuid:
            if plan.size == 1 {
                guard StringShape.fits(.uuid(isUpper: true), string) else { return }
                string = string.map { 0x41...0x46 ~= $0 ? $0 | 0x20 : $0 }
            }
            guard let bytes = TransactionValue.uuid(string) else { return }
            self = bytes.withUnsafeBytes {
                .uuid(
                    UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)),
                    UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
            }
        case .hex:
            guard string.count == Int(plan.size) * 2, string.allSatisfy(StringShape.isHexDigit) else { return }
            var bytes: [UInt8] = []
            for index in stride(from: 0, to: string.count, by: 2) {
                bytes.append(ColumnTarget.nibble(string[index]) << 4 | ColumnTarget.nibble(string[index + 1]))
            }
            self = .hex(bytes)
        case .decimal:
            guard StringShape.fits(.decimal(digits: Int(plan.size)), string) else { return }
            // At most 18 digits: no overflow.
            self = .decimal(string.reduce(0) { $0 * 10 + UInt64($1 - 0x30) })
        case .symbols:
            guard let symbols = plan.symbols, string.count == symbols.length,
                string.allSatisfy({ symbols.alphabet.contains($0) })
            else { return }
            self = .symbols
        default: return
        }
    }

    static func canHold(_ string: [UInt8], _ plan: ColumnPlan) -> Bool {
        if case .nothing = ColumnTarget(string, plan) { false } else { true }
    }

    private static func nibble(_ digit: UInt8) -> UInt8 { digit < 0x3A ? digit - 0x30 : digit - 0x57 }
}
