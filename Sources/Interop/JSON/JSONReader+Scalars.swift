extension JSONReader {
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
