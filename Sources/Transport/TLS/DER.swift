/// Reads one DER element after another (X.690 §8 and §10), no more of it than certificates and revocation lists need.
struct DER {
    struct Element {
        var tag: UInt8
        /// Tag and length included.
        var whole: ArraySlice<UInt8>
        var content: ArraySlice<UInt8>
    }

    static let sequence: UInt8 = 0x30
    static let integer: UInt8 = 0x02
    static let utcTime: UInt8 = 0x17
    static let generalizedTime: UInt8 = 0x18

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }
    var nextTag: UInt8? { rest.first }

    /// `nil` where no whole element follows.
    mutating func next() -> Element? {
        let start = rest
        guard let tag = rest.popFirst(), tag & 0x1F != 0x1F, let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            let count = Int(first & 0x7F)
            guard 1...4 ~= count, rest.count >= count else { return nil }
            length = 0
            for byte in rest.prefix(count) { length = length << 8 | Int(byte) }
            rest = rest.dropFirst(count)
        }
        guard rest.count >= length else { return nil }
        let content = rest.prefix(length)
        rest = rest.dropFirst(length)
        return Element(tag: tag, whole: start[start.startIndex..<content.endIndex], content: content)
    }

    mutating func next(_ tag: UInt8) -> Element? {
        guard nextTag == tag else { return nil }
        return next()
    }
}
