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
    private var scratch: UnsafeMutableRawPointer?
    private var scratchCapacity = 0

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

    // MARK: Objects and arrays

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

    // MARK: Values

    /// A string without its quotes, escapes resolved. The bytes are valid until the next string is read.
    @inline(__always)
    mutating func string() throws(DecodeFault) -> UnsafeRawBufferPointer {
        guard try next() == 0x22 else { throw .expectedString }
        let start = position &+ 1
        var isASCII = true
        let stop = scan(start, &isASCII)
        guard stop < end else {
            position = end
            throw .truncatedJSON
        }
        guard byte(stop) == 0x22 else { return try escapedString(start: start, firstEscape: stop) }
        if !isASCII { try checkUTF8(start..<stop) }
        position = stop &+ 1
        return UnsafeRawBufferPointer(start: base + start, count: stop &- start)
    }

    /// The first quote, backslash or control character from `start` on; eight bytes at a time.
    @inline(__always)
    private func scan(_ start: Int, _ isASCII: inout Bool) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var cursor = start
        var seen: UInt64 = 0
        while end &- cursor >= 8 {
            let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: cursor, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            // A borrow reaches only bytes above a true match, so the lowest match is exact.
            let match =
                ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word) & highs
            seen |= word
            if match != 0 {
                isASCII = seen & highs == 0
                return cursor &+ match.trailingZeroBitCount >> 3
            }
            cursor &+= 8
        }
        while cursor < end {
            let byte = byte(cursor)
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { break }
            seen |= UInt64(byte)
            cursor &+= 1
        }
        isASCII = seen & highs == 0
        return cursor
    }

    private mutating func checkUTF8(_ range: Range<Int>) throws(DecodeFault) {
        if let offset = UTF8Check.firstInvalid(bytes(range)) {
            position = range.lowerBound + offset
            throw .invalidUTF8
        }
    }

    private mutating func escapedString(start: Int, firstEscape: Int) throws(DecodeFault) -> UnsafeRawBufferPointer {
        var cursor = firstEscape
        var clean = start
        var output = JSONStringBuilder(memory: scratch, capacity: scratchCapacity)
        defer { (scratch, scratchCapacity) = (output.memory, output.capacity) }
        while true {
            var isASCII = true
            cursor = scan(cursor, &isASCII)
            guard cursor < end else {
                position = end
                throw .truncatedJSON
            }
            if !isASCII { try checkUTF8(clean..<cursor) }
            output.append(bytes(clean..<cursor))
            switch byte(cursor) {
            case 0x22:
                position = cursor + 1
                return output.bytes
            case 0x5C:
                position = cursor
                guard let length = JSONEscape.read(bytes(cursor..<end), into: &output) else { throw .escape }
                cursor += length
                clean = cursor
            default:
                position = cursor
                throw .controlCharacter
            }
        }
    }

    /// The text of a number.
    @inline(__always)
    mutating func number() throws(DecodeFault) -> UnsafeRawBufferPointer {
        let first = try next()
        guard first == 0x2D || (0x30...0x39).contains(first) else { throw .expectedNumber }
        let rest = bytes(position..<end)
        let length = JSONNumber.length(rest)
        if length == 0 { throw .number }
        if length > JSONNumber.maximumBytes { throw .longNumber }
        position &+= length
        return UnsafeRawBufferPointer(start: rest.baseAddress, count: length)
    }

    mutating func bool() throws(DecodeFault) -> Bool {
        switch try next() {
        case 0x74:
            try literal("true")
            return true
        case 0x66:
            try literal("false")
            return false
        default: throw .expectedBool
        }
    }

    mutating func null() throws(DecodeFault) { try literal("null") }

    private mutating func literal(_ text: StaticString) throws(DecodeFault) {
        let wanted = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard end &- position >= wanted.count else { throw .truncatedJSON }
        for index in 0..<wanted.count where byte(position &+ index) != wanted[index] { throw .expectedValue }
        position &+= wanted.count
    }

    /// Checks a value and moves past it.
    mutating func skip() throws(DecodeFault) {
        switch try next() {
        case 0x22: _ = try string()
        case 0x7B:
            try enterObject()
            var isFirst = true
            while try nextMember(&isFirst) != nil { try skip() }
        case 0x5B:
            try enterArray()
            var isFirst = true
            while try nextElement(&isFirst) { try skip() }
        case 0x74, 0x66: _ = try bool()
        case 0x6E: try null()
        case 0x2D, 0x30...0x39: _ = try number()
        default: throw .expectedValue
        }
    }

    /// The same, and where it lies.
    mutating func skipRange() throws(DecodeFault) -> Range<Int> {
        _ = try next()
        let start = position
        try skip()
        return start..<position
    }
}
