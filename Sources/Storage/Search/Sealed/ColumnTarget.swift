/// The one string that is looked for, in the form in which a column stores its strings: compared without making them.
enum ColumnTarget {
    case uuid(UInt64, UInt64)
    case hex([UInt8])
    case decimal(UInt64)
    /// No string of the column is it.
    case nothing

    init(_ string: [UInt8], _ plan: ColumnPlan) {
        self = .nothing
        switch plan.encoding {
        case .uuid:
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
            guard string.count == plan.prefix.count + Int(plan.size), string.starts(with: plan.prefix) else { return }
            var value: UInt64 = 0
            // At most 18 digits: no overflow.
            for digit in string[plan.prefix.count...] {
                guard 0x30...0x39 ~= digit else { return }
                value = value * 10 + UInt64(digit - 0x30)
            }
            self = .decimal(value)
        default: return
        }
    }

    static func canHold(_ string: [UInt8], _ plan: ColumnPlan) -> Bool {
        if case .nothing = ColumnTarget(string, plan) { false } else { true }
    }

    private static func nibble(_ digit: UInt8) -> UInt8 { digit < 0x3A ? digit - 0x30 : digit - 0x57 }
}
