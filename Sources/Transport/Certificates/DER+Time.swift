extension DER {
    var isAtTime: Bool { nextTag == Self.utcTime || nextTag == Self.generalizedTime }

    /// A time to the second in UTC as RFC 5280 §4.1.2.5 has it, in Unix seconds.
    mutating func time() -> Int64? {
        guard isAtTime, let element = next() else { return nil }
        var digits = element.content
        guard digits.popLast() == UInt8(ascii: "Z"), digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        func number(_ count: Int) -> Int64 {
            defer { digits = digits.dropFirst(count) }
            return digits.prefix(count).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
        var year: Int64
        if element.tag == Self.utcTime {
            guard digits.count == 12 else { return nil }
            year = number(2)
            year += year < 50 ? 2_000 : 1_900
        } else {
            guard digits.count == 14 else { return nil }
            year = number(4)
        }
        let (month, day, hour, minute, second) = (number(2), number(2), number(2), number(2), number(2))
        guard 1...12 ~= month, 1...31 ~= day, hour < 24, minute < 60, second < 60 else { return nil }
        return Self.days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    }

    /// Days from 1970 in the Gregorian calendar, by counting years from March on: the leap day is then a year's last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
