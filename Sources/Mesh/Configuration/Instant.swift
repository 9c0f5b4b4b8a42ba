/// A moment in UTC to the second, as configuration writes it: `2027-03-31T00:00:00Z` (RFC 3339).
public struct Instant: Sendable, Hashable, Comparable {
    /// Since 1970.
    public var seconds: Int64

    public init(seconds: Int64) { self.seconds = seconds }

    public static func < (left: Instant, right: Instant) -> Bool { left.seconds < right.seconds }

    /// `nil` for anything but a real date from 1970 on, in exactly this form.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        let form = Array("dddd-dd-ddTdd:dd:ddZ".utf8)
        guard bytes.count == form.count else { return nil }
        for (byte, expected) in zip(bytes, form) {
            guard expected == UInt8(ascii: "d") ? 0x30...0x39 ~= byte : byte == expected else { return nil }
        }
        func number(_ range: Range<Int>) -> Int64 { bytes[range].reduce(0) { $0 * 10 + Int64($1 - 0x30) } }
        let (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        let (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
        guard year >= 1970, 1...12 ~= month, 1...Self.days(year, month) ~= day, hour < 24, minute < 60, second < 60
        else { return nil }
        seconds = Self.daysSince1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    }

    public var text: String {
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        var (year, month, day): (Int64, Int64, Int64) = (1970, 1, days)
        while day >= Self.days(year) {
            day -= Self.days(year)
            year += 1
        }
        while day >= Self.days(year, month) {
            day -= Self.days(year, month)
            month += 1
        }
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day + 1))T\(two(rest / 3_600)):\(two(rest / 60 % 60)):\(two(rest % 60))Z"
    }

    private static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && year % 100 != 0 || year % 400 == 0 }
    private static func days(_ year: Int64) -> Int64 { isLeap(year) ? 366 : 365 }

    private static func days(_ year: Int64, _ month: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let before = year - 1
        let leaps = before / 4 - before / 100 + before / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400)
        return (year - 1970) * 365 + leaps + (1..<month).reduce(0) { $0 + days(year, $1) } + day - 1
    }
}

extension ObjectReader {
    mutating func instant(_ key: String) throws(ConfigurationError) -> Instant? {
        guard let text = try text(key, maximumBytes: 64) else { return nil }
        guard let instant = Instant(text) else {
            throw error(key, "\"\(text)\" is not a moment in UTC such as 2027-03-31T00:00:00Z")
        }
        return instant
    }
}
