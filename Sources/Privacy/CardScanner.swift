/// Finds card numbers in a text, written as one run of digits or in groups with a space, a plus or a hyphen between.
enum CardScanner {
    /// The bytes of each number, from its first digit to its last.
    static func cards(in text: UnsafeRawBufferPointer) -> [Range<Int>] {
        var cards: [Range<Int>] = []
        var chain: [Range<Int>] = []
        var offset = 0
        while offset < text.count {
            guard isDigit(text[offset]) else {
                offset += 1
                continue
            }
            let start = offset
            while offset < text.count, isDigit(text[offset]) { offset += 1 }
            chain.append(start..<offset)
            let separator = separatorLength(text, offset)
            if separator > 0, offset + separator < text.count, isDigit(text[offset + separator]) {
                offset += separator
            } else {
                take(chain, text, &cards)
                chain.removeAll(keepingCapacity: true)
            }
        }
        return cards
    }

    /// Of groups in a row, every stretch that together is a card number.
    private static func take(_ chain: [Range<Int>], _ text: UnsafeRawBufferPointer, _ cards: inout [Range<Int>]) {
        var first = 0
        while first < chain.count {
            var digits: [UInt8] = []
            var found: Int?
            for index in first..<chain.count {
                guard digits.count + chain[index].count <= CardNumber.lengths.upperBound else { break }
                for offset in chain[index] { digits.append(text[offset] &- 0x30) }
                if CardNumber.isCard(digits) { found = index }
            }
            if let found {
                cards.append(chain[first].lowerBound..<chain[found].upperBound)
                first = found + 1
            } else {
                first += 1
            }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// One separator, as it is or percent-encoded; zero for none.
    private static func separatorLength(_ text: UnsafeRawBufferPointer, _ offset: Int) -> Int {
        guard offset < text.count else { return 0 }
        switch text[offset] {
        case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "+"): return 1
        case UInt8(ascii: "%"):
            guard offset + 2 < text.count, text[offset + 1] == UInt8(ascii: "2") else { return 0 }
            let last = text[offset + 2]
            return last == UInt8(ascii: "0") || last | 0x20 == UInt8(ascii: "d") ? 3 : 0
        default: return 0
        }
    }

    /// Leaves the first six and the last four digits, the most that PCI DSS 3.4.1 lets be shown of any number.
    static func blank(_ range: Range<Int>, in output: inout [UInt8]) {
        var places: [Int] = []
        var offset = range.lowerBound
        while offset < range.upperBound {
            if output[offset] == UInt8(ascii: "%") {
                offset += 3
                continue
            }
            if isDigit(output[offset]) { places.append(offset) }
            offset += 1
        }
        for place in places.dropFirst(6).dropLast(4) { output[place] = UInt8(ascii: "*") }
    }
}
