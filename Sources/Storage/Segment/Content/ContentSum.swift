/// A sum, modulo 2^256, of the SHA-256 of distinct spans: equal sets have equal sums, and sums of parts add up.
package struct ContentSum: Hashable, Sendable, BitwiseCopyable {
    /// Little-endian 64-bit words, least significant first.
    package var word0: UInt64 = 0
    package var word1: UInt64 = 0
    package var word2: UInt64 = 0
    package var word3: UInt64 = 0

    package init() {}

    package init(word0: UInt64, word1: UInt64, word2: UInt64, word3: UInt64) {
        self.word0 = word0
        self.word1 = word1
        self.word2 = word2
        self.word3 = word3
    }

    package static func += (left: inout ContentSum, right: ContentSum) {
        var carry: Bool
        (left.word0, carry) = left.word0.addingReportingOverflow(right.word0)
        (left.word1, carry) = add(left.word1, right.word1, carry)
        (left.word2, carry) = add(left.word2, right.word2, carry)
        (left.word3, _) = add(left.word3, right.word3, carry)
    }

    private static func add(_ left: UInt64, _ right: UInt64, _ carry: Bool) -> (UInt64, Bool) {
        let (sum, first) = left.addingReportingOverflow(right)
        let (total, second) = sum.addingReportingOverflow(carry ? 1 : 0)
        return (total, first || second)
    }
}
