/// Of a certificate: at most 20 bytes (RFC 5280 §4.1.2.2), held without an allocation, because a list has many.
struct SerialNumber: Sendable, Hashable {
    private var high: UInt64 = 0
    private var middle: UInt64 = 0
    private var low: UInt32 = 0
    private var count: UInt8

    static let maximumBytes = 20

    /// - Parameter content: Of the INTEGER; `nil` when it is empty or too long.
    init?(_ content: ArraySlice<UInt8>) {
        guard 1...Self.maximumBytes ~= content.count else { return nil }
        count = UInt8(content.count)
        for (place, byte) in content.enumerated() {
            switch place {
            case 0..<8: high |= UInt64(byte) << UInt64(8 * (7 - place))
            case 8..<16: middle |= UInt64(byte) << UInt64(8 * (15 - place))
            default: low |= UInt32(byte) << UInt32(8 * (19 - place))
            }
        }
    }
}
