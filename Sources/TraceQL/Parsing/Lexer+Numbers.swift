extension Lexer {
    /// The units of durations, longest names first. Days, weeks and years as Prometheus has them: 24 h, 7 d, 365 d.
    static let units: [(name: String, nanoseconds: Int64)] = [
        ("ns", 1), ("us", 1000), ("µs", 1000), ("μs", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000), ("w", 604_800_000_000_000),
        ("y", 31_536_000_000_000_000),
    ]

    /// An integer, a number, or a duration such as `250ms`, `1.5s`, `1h30m`.
    mutating func number() throws(TraceQLError) -> Literal {
        let start = position
        let (text, isWhole) = decimal()
        if let unit = unit() { return try duration(text, unit, from: start) }
        if let byte = current, byte.isLetter || byte == UInt8(ascii: "_") || byte >= 0x80 {
            throw TraceQLError(
                "Expected a number, or a duration such as 250ms, 1.5s or 1h30m.", at: start)
        }
        if isWhole {
            guard let value = Int64(text) else {
                throw TraceQLError("Integers go up to \(Int64.max).", at: start)
            }
            return .int(value)
        }
        guard let value = Double(text), value.isFinite else {
            throw TraceQLError("The number is too large.", at: start)
        }
        return .double(value)
    }

    /// The text of a decimal number, and whether it has neither a point nor an exponent.
    private mutating func decimal() -> (text: String, isWhole: Bool) {
        let start = position
        var isWhole = true
        skipDigits()
        if current == UInt8(ascii: "."), let next = peek(1), next.isDigit {
            isWhole = false
            position += 1
            skipDigits()
        }
        if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
            let sign = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-") ? 1 : 0
            if let digit = peek(1 + sign), digit.isDigit {
                isWhole = false
                position += 1 + sign
                skipDigits()
            }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return (text.hasPrefix(".") ? "0" + text : text, isWhole)
    }

    private mutating func skipDigits() { while let byte = current, byte.isDigit { position += 1 } }

    private mutating func unit() -> Int64? {
        for (name, nanoseconds) in Self.units where bytes[position...].starts(with: name.utf8) {
            // "5min" is no duration of minutes.
            let after = peek(name.utf8.count)
            if let after, after.isLetter || after == UInt8(ascii: "_") || after >= 0x80 { continue }
            position += name.utf8.count
            return nanoseconds
        }
        return nil
    }

    private mutating func duration(_ text: String, _ unit: Int64, from start: Int) throws(TraceQLError) -> Literal {
        var total: Int64 = 0
        var (text, unit) = (text, unit)
        while true {
            let (sum, overflow) = total.addingReportingOverflow(try nanoseconds(text, unit, from: start))
            guard !overflow else { throw tooLong(start) }
            total = sum
            guard let byte = current, byte.isDigit else { return .duration(total) }
            text = decimal().text
            guard let next = self.unit() else {
                throw TraceQLError("Expected a unit of time: ns, us, ms, s, m, h, d, w or y.", at: position)
            }
            unit = next
        }
    }

    private func nanoseconds(_ text: String, _ unit: Int64, from start: Int) throws(TraceQLError) -> Int64 {
        if let count = Int64(text) {
            let (product, overflow) = count.multipliedReportingOverflow(by: unit)
            guard !overflow else { throw tooLong(start) }
            return product
        }
        guard let count = Double(text), let value = Int64(exactly: (count * Double(unit)).rounded()) else {
            throw tooLong(start)
        }
        return value
    }

    private func tooLong(_ start: Int) -> TraceQLError {
        TraceQLError("The duration is longer than 292 years.", at: start)
    }
}
