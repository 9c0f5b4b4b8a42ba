/// The numbers of JSON (RFC 8259 §6), read from their text: exact where an integer is wanted.
enum JSONNumber {
    /// A longer one has digits that no type here can hold.
    static let maximumBytes = 512

    /// How many bytes at the start of `text` are a number; zero when none are. Looks no further than needed to say that
    /// there are more than `maximumBytes`.
    static func length(_ text: UnsafeRawBufferPointer) -> Int {
        let end = min(text.count, maximumBytes + 1)
        var index = 0
        if index < end, text[index] == 0x2D { index += 1 }
        let whole = digits(text, from: index, end)
        if whole == index || text[index] == 0x30 && whole > index + 1 { return 0 }
        index = whole
        if index < end, text[index] == 0x2E {
            let fraction = digits(text, from: index + 1, end)
            if fraction == index + 1 { return fraction == end && end > maximumBytes ? end : 0 }
            index = fraction
        }
        if index < end, text[index] | 0x20 == 0x65 {
            var exponent = index + 1
            if exponent < end, text[exponent] == 0x2B || text[exponent] == 0x2D { exponent += 1 }
            let last = digits(text, from: exponent, end)
            if last == exponent { return last == end && end > maximumBytes ? end : 0 }
            index = last
        }
        return index
    }

    @inline(__always)
    private static func digits(_ text: UnsafeRawBufferPointer, from start: Int, _ end: Int) -> Int {
        var index = start
        while index < end, text[index] &- 0x30 < 10 { index &+= 1 }
        return index
    }

    /// The value of a number that is whole, however it is written (`1e3` and `10.0` are); `nil` when it is not whole
    /// or does not fit.
    static func signed(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard let (isNegative, magnitude) = whole(text) else { return nil }
        if isNegative { return magnitude <= UInt64(1) << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil }
        return Int64(exactly: magnitude)
    }

    /// The same for numbers that are not negative.
    static func unsigned(_ text: UnsafeRawBufferPointer) -> UInt64? {
        guard let (isNegative, magnitude) = whole(text), !isNegative || magnitude == 0 else { return nil }
        return magnitude
    }

    private static func whole(_ text: UnsafeRawBufferPointer) -> (isNegative: Bool, magnitude: UInt64)? {
        guard !text.isEmpty else { return nil }
        let isNegative = text[0] == 0x2D
        let start = isNegative ? 1 : 0
        // Up to 19 digits fit.
        if text.count - start <= 19 {
            var value: UInt64 = 0
            var index = start
            while index < text.count {
                let digit = text[index] &- 0x30
                if digit > 9 { break }
                value = value &* 10 &+ UInt64(digit)
                index &+= 1
            }
            if index == text.count { return (isNegative, value) }
        }
        return Decimal(text).whole.map { (isNegative, $0) }
    }

    /// The nearest double; `nil` beyond its range.
    static func double(_ text: UnsafeRawBufferPointer) -> Double? {
        if let exact = Decimal(text).exactDouble { return exact }
        guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    /// Digits times a power of ten, of a text whose grammar is known to be right.
    private struct Decimal {
        var isNegative = false
        /// The digits without leading zeros and without the zeros at their end, while they fit.
        var digits: UInt64 = 0
        var fits = true
        var exponent = 0

        init(_ text: UnsafeRawBufferPointer) {
            var index = 0
            if text[0] == 0x2D {
                isNegative = true
                index = 1
            }
            var zeros = 0
            var isFraction = false
            while index < text.count {
                let byte = text[index]
                if byte | 0x20 == 0x65 { break }
                index += 1
                if byte == 0x2E {
                    isFraction = true
                    continue
                }
                if isFraction { exponent -= 1 }
                if byte == 0x30 {
                    zeros += 1
                } else {
                    append(UInt64(byte - 0x30), afterZeros: zeros)
                    zeros = 0
                }
            }
            exponent += zeros
            if index < text.count { exponent += Self.exponent(text, from: index + 1) }
        }

        private mutating func append(_ digit: UInt64, afterZeros zeros: Int) {
            guard fits else { return }
            for _ in 0...(digits == 0 ? 0 : zeros) {
                let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
                if overflow {
                    fits = false
                    return
                }
                digits = product
            }
            let (sum, overflow) = digits.addingReportingOverflow(digit)
            digits = sum
            if overflow { fits = false }
        }

        /// At most ± 100,000: more is out of every range.
        private static func exponent(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
            var index = start
            let isNegative = text[index] == 0x2D
            if isNegative || text[index] == 0x2B { index += 1 }
            var value = 0
            while index < text.count {
                value = min(100_000, value * 10 + Int(text[index] - 0x30))
                index += 1
            }
            return isNegative ? -value : value
        }

        var whole: UInt64? {
            guard fits else { return nil }
            if digits == 0 { return 0 }
            guard (0...19).contains(exponent) else { return nil }
            var value = digits
            for _ in 0..<exponent {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                value = product
            }
            return value
        }

        /// Both factors are exact doubles, so that one rounding gives the nearest value (Clinger's fast path).
        var exactDouble: Double? {
            guard fits, digits <= 1 << 53, (-22...22).contains(exponent) else { return nil }
            var power = 1.0
            for _ in 0..<exponent.magnitude { power *= 10 }
            let magnitude = exponent < 0 ? Double(digits) / power : Double(digits) * power
            return isNegative ? -magnitude : magnitude
        }
    }
}
