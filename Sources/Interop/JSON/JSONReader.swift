/// A cursor over JSON bytes (RFC 8259), strict and without an allocation per token.
///
/// - A document is UTF-8; bytes that are not are refused. A byte order mark before it is skipped (§8.1).
/// - `\u` escapes that name half a surrogate pair become U+FFFD: JavaScript writes them for text cut in the middle, and
///   one such character is no reason to lose a request.
/// - Numbers stay text until someone asks for a type, so that 64-bit integers are exact.
/// - Values nest at most `maximumDepth` deep, numbers have at most `JSONNumber.maximumBytes` digits and signs.
///
/// After a fault `position` is at the byte that could not be read. The memory must outlive the reader: it lives inside
/// one `decode` call. `free` gives its working memory back.
struct JSONReader {
    static let maximumDepth = 512

    let base: UnsafeRawPointer
    var position: Int
    let end: Int
    var depth = 0
    /// Where the last string with escapes lies.
    var scratch: UnsafeMutableRawPointer?
    var scratchCapacity = 0

    init(base: UnsafeRawPointer, count: Int) {
        self.base = base
        position = 0
        end = count
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if count >= 3, (0..<3).allSatisfy({ base.load(fromByteOffset: $0, as: UInt8.self) == mark[$0] }) {
            position = 3
        }
    }

    func free() { scratch?.deallocate() }

    @inline(__always)
    func byte(_ offset: Int) -> UInt8 { base.load(fromByteOffset: offset, as: UInt8.self) }

    @inline(__always)
    func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    /// The first byte of what comes next, which is not consumed.
    @inline(__always)
    mutating func next() throws(DecodeFault) -> UInt8 {
        while position < end {
            let byte = byte(position)
            if byte > 0x20 { return byte }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { throw .controlCharacter }
            position &+= 1
        }
        throw .truncatedJSON
    }

    /// Whether only white space is left.
    mutating func finish() throws(DecodeFault) {
        while position < end {
            switch byte(position) {
            case 0x20, 0x0A, 0x0D, 0x09: position &+= 1
            default: throw .trailingJSON
            }
        }
    }

    @inline(__always)
    mutating func enterObject() throws(DecodeFault) { try enter(0x7B, or: .expectedObject) }

    @inline(__always)
    mutating func enterArray() throws(DecodeFault) { try enter(0x5B, or: .expectedArray) }

    @inline(__always)
    private mutating func enter(_ bracket: UInt8, or fault: DecodeFault) throws(DecodeFault) {
        guard try next() == bracket else { throw fault }
        depth &+= 1
        if depth > Self.maximumDepth { throw .nestedJSON }
        position &+= 1
    }

    /// Moves to the next element of the array that was entered; false, and out of it, when there is none.
    @inline(__always)
    mutating func nextElement(_ isFirst: inout Bool) throws(DecodeFault) -> Bool {
        try nextPart(&isFirst, closing: 0x5D)
    }

    /// The name of the next member of the object that was entered, the cursor at its value; `nil`, and out of it, when
    /// there is none. The bytes are valid until the next string is read.
    @inline(__always)
    mutating func nextMember(_ isFirst: inout Bool) throws(DecodeFault) -> UnsafeRawBufferPointer? {
        try nextName(&isFirst) ? try name() : nil
    }

    /// Moves to the name of the next member of the object that was entered; false, and out of it, when there is none.
    @inline(__always)
    mutating func nextName(_ isFirst: inout Bool) throws(DecodeFault) -> Bool {
        try nextPart(&isFirst, closing: 0x7D)
    }

    /// The name of a member, the cursor at its value afterwards.
    @inline(__always)
    mutating func name() throws(DecodeFault) -> UnsafeRawBufferPointer {
        guard byte(position) == 0x22 else { throw .expectedName }
        let name = try string()
        guard try next() == 0x3A else { throw .expectedColon }
        position &+= 1
        return name
    }

    @inline(__always)
    private mutating func nextPart(_ isFirst: inout Bool, closing: UInt8) throws(DecodeFault) -> Bool {
        let byte = try next()
        if byte == closing {
            position &+= 1
            depth &-= 1
            return false
        }
        if isFirst {
            isFirst = false
            return true
        }
        guard byte == 0x2C else { throw .expectedComma }
        position &+= 1
        // No comma before the end.
        if try next() == closing { throw .expectedValue }
        return true
    }
}
