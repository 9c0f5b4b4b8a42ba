/// How long a field is and what it is made of.
public struct ISO8583FieldLayout: Sendable, Hashable {
    public enum Content: String, Sendable, Hashable, CaseIterable {
        /// Decimal digits; track data, whose separators pack like digits, too.
        case numeric
        /// Characters in the dialect's encoding.
        case text
        /// Bytes; the length counts bytes.
        case binary
    }

    /// Digits of the length before the content: 0 for a fixed field, 2 for LLVAR, 3 for LLLVAR.
    public var lengthDigits: Int
    /// Exactly for a fixed field, at most for the others; in digits, characters or bytes.
    public var length: Int
    public var content: Content

    public init(lengthDigits: Int = 0, length: Int, content: Content) {
        self.lengthDigits = lengthDigits
        self.length = length
        self.content = content
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        lengthDigits = try reader.integer("lengthDigits", 0...4) ?? 0
        guard let length = try reader.integer("length", 1...9_999) else { throw reader.error("length", "missing") }
        self.length = length
        content = try ObjectReader.choice(
            try reader.requiredText("content"), Content.self, path: reader.path(of: "content"))
    }

    func json(field: Int) -> JSONValue {
        var writer = ObjectWriter()
        writer.add("field", field)
        writer.add("lengthDigits", lengthDigits)
        writer.add("length", length)
        writer.add("content", content.rawValue)
        return writer.value
    }
}
