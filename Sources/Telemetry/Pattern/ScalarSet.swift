/// Unicode scalars as sorted ranges that do not touch.
struct ScalarSet: Sendable, Hashable {
    static let maximumScalar: UInt32 = 0x10FFFF

    private(set) var ranges: [ClosedRange<UInt32>] = []

    init(_ ranges: [ClosedRange<UInt32>] = []) {
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = self.ranges.last, range.lowerBound <= last.upperBound &+ 1 {
                self.ranges[self.ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                self.ranges.append(range)
            }
        }
    }

    func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } }

    func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

    var inverted: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= ScalarSet.maximumScalar { gaps.append(next...ScalarSet.maximumScalar) }
        return ScalarSet(gaps)
    }

    /// With the other case of every ASCII letter in it.
    var ignoringCase: ScalarSet {
        var folded = ranges
        for range in ranges {
            for (first, other) in [(0x41, 0x61), (0x61, 0x41)] as [(UInt32, UInt32)] {
                let low = max(range.lowerBound, first)
                let high = min(range.upperBound, first + 25)
                if low <= high { folded.append(low - first + other...high - first + other) }
            }
        }
        return ScalarSet(folded)
    }

    static let digits = ScalarSet([0x30...0x39])
    static let wordCharacters = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    /// As RE2 has it: tab, newline, form feed, carriage return, space.
    static let spaces = ScalarSet([0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let newline = ScalarSet([0x0A...0x0A])
    static let everything = ScalarSet([0...maximumScalar])
}
