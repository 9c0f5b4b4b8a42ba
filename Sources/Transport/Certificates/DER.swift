/// Reads one DER element after another (X.690 §8 and §10), no more of it than certificates and revocation lists need.
struct DER {
    struct Element {
        var tag: UInt8
        /// Tag and length included.
        var whole: ArraySlice<UInt8>
        var content: ArraySlice<UInt8>
    }

    static let boolean: UInt8 = 0x01
    static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let octetString: UInt8 = 0x04
    static let objectIdentifier: UInt8 = 0x06
    static let utcTime: UInt8 = 0x17
    static let generalizedTime: UInt8 = 0x18
    static let sequence: UInt8 = 0x30
    static let set: UInt8 = 0x31

    /// An element with the context tag `number`: holding others, or bytes alone.
    static func context(_ number: UInt8, constructed: Bool = true) -> UInt8 { (constructed ? 0xA0 : 0x80) | number }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }
    var nextTag: UInt8? { rest.first }
    /// Where the next element starts in the bytes that were given first.
    var offset: Int { rest.startIndex }

    /// `nil` where no whole element follows, or its length is not in its shortest form.
    mutating func next() -> Element? {
        let start = rest
        guard let tag = rest.popFirst(), tag & 0x1F != 0x1F, let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            let count = Int(first & 0x7F)
            guard 1...4 ~= count, rest.count >= count, rest.first != 0 else { return nil }
            length = 0
            for byte in rest.prefix(count) { length = length << 8 | Int(byte) }
            guard length >= 0x80 else { return nil }
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

    /// The bytes of a BIT STRING without unused bits.
    static func wholeBits(_ content: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard content.first == 0 else { return nil }
        return content.dropFirst()
    }
}
