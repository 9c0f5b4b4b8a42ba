/// The name of a business operation: a value and the kind of id it is (`uetr`, `payment`, …). Values are normalised
/// by their kind, so that one id written two ways is one transaction.
public struct TransactionKey: Hashable, Sendable, Codable {
    public var kind: String
    public var value: String

    public init(kind: String, value: String) {
        self.kind = kind
        self.value = value
    }
}
