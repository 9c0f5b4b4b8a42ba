import Telemetry

extension JSONReader {
    /// A 64-bit unsigned integer, as a number or in quotes. One that is not whole or does not fit refuses the document.
    @inline(__always)
    mutating func unsigned(_ maximum: UInt64 = .max) throws(DecodeFault) -> UInt64 {
        let start = try numberStart()
        guard let value = JSONNumber.unsigned(try numberOrQuoted()), value <= maximum else {
            position = start
            throw .integerRange
        }
        return value
    }

    /// A 64-bit signed integer, as a number or in quotes.
    @inline(__always)
    mutating func signed(_ range: ClosedRange<Int64> = .min ... .max) throws(DecodeFault) -> Int64 {
        let start = try numberStart()
        guard let value = JSONNumber.signed(try numberOrQuoted()), range.contains(value) else {
            position = start
            throw .integerRange
        }
        return value
    }

    mutating func unsigned32() throws(DecodeFault) -> UInt32 {
        UInt32(truncatingIfNeeded: try unsigned(UInt64(UInt32.max)))
    }

    mutating func signed32() throws(DecodeFault) -> Int32 {
        Int32(truncatingIfNeeded: try signed(Int64(Int32.min)...Int64(Int32.max)))
    }

    /// A double, as a number or in quotes; in quotes also `NaN`, `Infinity` and `-Infinity`.
    mutating func double() throws(DecodeFault) -> Double {
        let start = try numberStart()
        if byte(start) == 0x22 {
            let text = try string()
            if Self.equal(text, "NaN") { return .nan }
            if Self.equal(text, "Infinity") { return .infinity }
            if Self.equal(text, "-Infinity") { return -.infinity }
            position = start
        }
        guard let value = JSONNumber.double(try numberOrQuoted()) else {
            position = start
            throw .doubleRange
        }
        return value
    }

    /// A word in quotes, or nothing consumed when a number stands here: for enums.
    mutating func word() throws(DecodeFault) -> UnsafeRawBufferPointer? {
        guard try next() == 0x22 else { return nil }
        return try string()
    }

    static func equal(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        ByteHash.equal(bytes, UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    private mutating func numberStart() throws(DecodeFault) -> Int {
        _ = try next()
        return position
    }

    /// The text of a number that may stand in quotes.
    @inline(__always)
    private mutating func numberOrQuoted() throws(DecodeFault) -> UnsafeRawBufferPointer {
        guard try next() == 0x22 else { return try number() }
        let start = position
        let text = try string()
        guard !text.isEmpty, JSONNumber.length(text) == text.count else {
            position = start
            throw .expectedNumber
        }
        return text
    }
}
