extension JSONReader {
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
}
