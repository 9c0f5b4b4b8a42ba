/// `grpc-timeout`: at most eight digits and a unit.
///
/// Source: grpc `doc/PROTOCOL-HTTP2.md`, Timeout.
public enum GRPCTimeout {
    /// Longer waits are as good as none, and must not overflow a clock.
    public static let maximumNanoseconds: Int64 = 365 * 24 * 3_600 * 1_000_000_000

    /// Nanoseconds; `nil` when the text is not a timeout.
    public static func nanoseconds(_ text: String) -> Int64? {
        let bytes = text.utf8
        guard let last = bytes.last, (2...9).contains(bytes.count), let unit = nanoseconds(unit: last) else {
            return nil
        }
        var value: Int64 = 0
        for byte in bytes.dropLast() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: unit)
        return overflow ? maximumNanoseconds : min(product, maximumNanoseconds)
    }

    private static func nanoseconds(unit: UInt8) -> Int64? {
        switch unit {
        case UInt8(ascii: "n"): 1
        case UInt8(ascii: "u"): 1_000
        case UInt8(ascii: "m"): 1_000_000
        case UInt8(ascii: "S"): 1_000_000_000
        case UInt8(ascii: "M"): 60_000_000_000
        case UInt8(ascii: "H"): 3_600_000_000_000
        default: nil
        }
    }
}
