/// A moment as an exporter's clock gave it: Unix nanoseconds, UTC.
///
/// In JSON it is RFC 3339 with all nine decimals (`2026-11-03T09:14:22.000000125Z`): exact, readable, and in order when
/// sorted as text. Every `UInt64` of nanoseconds has one (the last is in 2554).
public struct Timestamp: Sendable, Hashable, Comparable {
    public var nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339, nine decimals.
    public var description: String { formatted(decimals: 9) }

    /// RFC 3339 in UTC with 0 to 9 decimals, cut off, not rounded.
    public func formatted(decimals: Int) -> String {
        precondition((0...9).contains(decimals))
        let seconds = nanoseconds / 1_000_000_000
        let (year, month, day) = Self.civil(day: Int(seconds / 86_400))
        let second = Int(seconds % 86_400)
        return String(unsafeUninitializedCapacity: 30) { text in
            var end = 0
            func add(_ value: Int, digits: Int, before separator: Unicode.Scalar) {
                var rest = value
                for place in stride(from: end + digits - 1, through: end, by: -1) {
                    text[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
                text[end + digits] = UInt8(ascii: separator)
                end += digits + 1
            }
            add(year, digits: 4, before: "-")
            add(month, digits: 2, before: "-")
            add(day, digits: 2, before: "T")
            add(second / 3600, digits: 2, before: ":")
            add(second / 60 % 60, digits: 2, before: ":")
            add(second % 60, digits: 2, before: decimals > 0 ? "." : "Z")
            if decimals > 0 {
                let cut = (decimals..<9).reduce(Int(nanoseconds % 1_000_000_000)) { fraction, _ in fraction / 10 }
                add(cut, digits: decimals, before: "Z")
            }
            return end
        }
    }

    /// What `description` writes, with any number of decimals up to nine; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        // "YYYY-MM-DDTHH:MM:SS" and "Z" at least.
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        let separators: [(Int, Unicode.Scalar)] = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")]
        guard separators.allSatisfy({ bytes[$0.0] == UInt8(ascii: $0.1) }) else { return nil }
        guard let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let day = Self.number(bytes[8..<10]), let hour = Self.number(bytes[11..<13]),
            let minute = Self.number(bytes[14..<16]), let second = Self.number(bytes[17..<19]),
            year >= 1970, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        var fraction = 0
        if bytes.count > 20 {
            let decimals = bytes[20..<(bytes.count - 1)]
            guard bytes[19] == UInt8(ascii: "."), (1...9).contains(decimals.count), let value = Self.number(decimals)
            else { return nil }
            fraction = (decimals.count..<9).reduce(value) { scaled, _ in scaled * 10 }
        }
        let days = Self.days(year: year, month: month, day: day)
        guard Self.civil(day: days) == (year, month, day) else { return nil }
        let seconds = UInt64(days * 86_400 + hour * 3600 + minute * 60 + second)
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(UInt64(fraction))
        guard !overflow, !carry else { return nil }
        nanoseconds = sum
    }

    /// Proleptic Gregorian date of a day counted from 1970-01-01. Source: Howard Hinnant, "chrono-Compatible Low-Level
    /// Date Algorithms", `civil_from_days`.
    private static func civil(day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Same source, `days_from_civil`, for years from 1970.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let yearOfEra = year % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return year / 400 * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int(digit - 0x30)
        }
        return value
    }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is not an RFC 3339 time in UTC")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
