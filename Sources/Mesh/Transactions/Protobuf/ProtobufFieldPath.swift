/// The way to a field of a protobuf message by field numbers, outermost message first: `2.1.3`.
public struct ProtobufFieldPath: Sendable, Hashable, CustomStringConvertible {
    public static let maximumNumbers = 16
    /// Of the encoding (protobuf's "Field Numbers").
    public static let maximumNumber: UInt32 = 536_870_911

    public let numbers: [UInt32]

    /// `nil` for anything else than 1 to 16 field numbers with dots between them.
    public init?(_ text: String) {
        var numbers: [UInt32] = []
        for part in text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard (1...9).contains(part.count), part.allSatisfy({ 0x30...0x39 ~= $0 }), part.first != 0x30 else {
                return nil
            }
            let number = part.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - 0x30) }
            guard number <= Self.maximumNumber, numbers.count < Self.maximumNumbers else { return nil }
            numbers.append(number)
        }
        self.numbers = numbers
    }

    public var description: String { numbers.map(String.init).joined(separator: ".") }
}
