/// A W3C trace id: 16 bytes, kept as two big-endian halves so that comparing and hashing touch no memory.
///
/// Source: W3C Trace Context §3.2.2.3. All zero bytes are invalid.
@frozen
public struct TraceID: Hashable, Sendable {
    public var high: UInt64
    public var low: UInt64

    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    @inlinable public var isValid: Bool { high | low != 0 }

    /// 32 hexadecimal digits, either case; `nil` for anything else. 16 digits (B3's short form) are widened with zeros.
    public init?(hex: some StringProtocol) {
        let digits = Array(hex.utf8)
        switch digits.count {
        case 32:
            guard let high = Hex.parse(digits[0..<16]), let low = Hex.parse(digits[16..<32]) else { return nil }
            self.init(high: high, low: low)
        case 16:
            guard let low = Hex.parse(digits[...]) else { return nil }
            self.init(high: 0, low: low)
        default:
            return nil
        }
    }
}

extension TraceID: Comparable {
    @inlinable
    public static func < (left: TraceID, right: TraceID) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }
}

extension TraceID: CustomStringConvertible {
    /// 32 lower-case hexadecimal digits.
    public var description: String { Hex.string(high) + Hex.string(low) }
}
