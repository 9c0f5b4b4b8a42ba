/// A W3C parent/span id: 8 bytes as one big-endian integer. Zero means "none" and is never a span's own id.
@frozen
public struct SpanID: Hashable, Sendable {
    public var rawValue: UInt64

    @inlinable
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    @inlinable public static var none: SpanID { SpanID(0) }
    @inlinable public var isValid: Bool { rawValue != 0 }

    /// 16 hexadecimal digits, either case; `nil` for anything else.
    public init?(hex: some StringProtocol) {
        let digits = Array(hex.utf8)
        guard digits.count == 16, let value = Hex.parse(digits[...]) else { return nil }
        self.init(value)
    }
}

extension SpanID: Comparable {
    @inlinable
    public static func < (left: SpanID, right: SpanID) -> Bool { left.rawValue < right.rawValue }
}

extension SpanID: CustomStringConvertible {
    /// 16 lower-case hexadecimal digits.
    public var description: String { Hex.string(rawValue) }
}
