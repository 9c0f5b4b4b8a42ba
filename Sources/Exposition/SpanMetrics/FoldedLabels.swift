import Glibc

/// How much was folded into overflow series: spans exactly, distinct label sets by linear counting, within some per cent
/// up to a few hundred thousand.
struct FoldedLabels: Sendable {
    private static let bits = 1 << 16
    private(set) var spans: UInt64 = 0
    private var seen = [UInt64](repeating: 0, count: bits / 64)

    mutating func count(_ key: UInt64) {
        spans &+= 1
        let hash = (key &* 0xD6E8_FEB8_6659_FD93) ^ (key >> 32)
        let bit = Int(truncatingIfNeeded: (hash &* 0x9E37_79B9_7F4A_7C15) >> 48)
        seen[bit >> 6] |= 1 << UInt64(bit & 63)
    }

    /// Label sets begin anew; the number of spans stays.
    mutating func forgetLabelSets() {
        for index in seen.indices { seen[index] = 0 }
    }

    /// Source: K.-Y. Whang et al., "A linear-time probabilistic counting algorithm", 1990.
    var labelSets: Double {
        let free = Self.bits - seen.reduce(0) { $0 + $1.nonzeroBitCount }
        return (Double(Self.bits) * log(Double(Self.bits) / Double(max(free, 1)))).rounded()
    }
}
