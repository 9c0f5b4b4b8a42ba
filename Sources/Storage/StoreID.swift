import Telemetry

/// 16 random bytes, made once for a data directory and written into every file of it.
public struct StoreID: Sendable, Hashable {
    public static let byteCount = 16
    /// Always 16.
    public let bytes: [UInt8]

    /// `nil` unless there are 16 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == StoreID.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    static func random() -> StoreID {
        var generator = SystemRandomNumberGenerator()
        return StoreID((0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) })!
    }
}

extension StoreID: CustomStringConvertible {
    /// 32 lower-case hexadecimal digits.
    public var description: String { Hex.string(bytes) }
}
