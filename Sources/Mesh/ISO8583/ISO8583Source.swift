/// The fields of a message that are a transaction id, and the span attribute it is recorded as.
public struct ISO8583Source: Sendable, Hashable {
    public var attribute: String
    /// One field, or several whose values joined by `-` are unique together: the audit number (11) is so only with the
    /// transmission time (7) and the acquirer (32).
    public var fields: [Int]

    public init(attribute: String, fields: [Int]) {
        self.attribute = attribute
        self.fields = fields
    }

    /// The card number, track data, PIN block and what else must never leave the proxy: PCI DSS 4, requirement 3.
    public static let secretFields: Set<Int> = [2, 14, 34, 35, 36, 45, 52, 53, 55, 64, 128]

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        attribute = try reader.requiredText("attribute", maximumBytes: 256)
        fields =
            try reader.list("fields", maximumCount: 8) { (value, path) throws(ConfigurationError) in
                guard case .integer(let number) = value, (2...128).contains(number), number != 65 else {
                    throw ConfigurationError(path: path, message: "is not the number of a field from 2 to 128")
                }
                guard !Self.secretFields.contains(Int(number)) else {
                    throw ConfigurationError(
                        path: path, message: "field \(number) holds card data or a secret, which is never recorded")
                }
                return Int(number)
            } ?? []
        guard !fields.isEmpty else { throw reader.error("fields", "needs at least one field") }
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("attribute", attribute)
        writer.add("fields", fields.map { .integer(Int64($0)) })
        return writer.value
    }
}
