/// Deadlines as callers write them; anything else is no deadline.
package enum CallerDeadline {
    static let grpcName = Array("grpc-timeout".utf8)
    /// Longer ones are as good as none.
    static let maximumNanoseconds: UInt64 = 3_600_000_000_000

    /// `grpc-timeout`: at most eight digits and a unit (gRPC over HTTP/2, "Timeout"). In nanoseconds.
    package static func grpc(_ text: String) -> UInt64? {
        let unit: UInt64
        switch text.utf8.last {
        case UInt8(ascii: "H"): unit = 3_600_000_000_000
        case UInt8(ascii: "M"): unit = 60_000_000_000
        case UInt8(ascii: "S"): unit = 1_000_000_000
        case UInt8(ascii: "m"): unit = 1_000_000
        case UInt8(ascii: "u"): unit = 1_000
        case UInt8(ascii: "n"): unit = 1
        default: return nil
        }
        return number(text.utf8.dropLast(), maximumDigits: 8).map {
            $0 > maximumNanoseconds / unit ? maximumNanoseconds : $0 * unit
        }
    }

    /// Whole milliseconds, in nanoseconds.
    package static func milliseconds(_ text: String) -> UInt64? {
        number(text.utf8[...], maximumDigits: 9).map { min($0 * 1_000_000, maximumNanoseconds) }
    }

    private static func number(_ digits: Substring.UTF8View, maximumDigits: Int) -> UInt64? {
        guard (1...maximumDigits).contains(digits.count), digits.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        return digits.reduce(0) { $0 * 10 + UInt64($1 - 0x30) }
    }
}
