/// What must not leave the proxy in a span or a log line.
public struct PrivacyRules: Sendable, Hashable {
    /// Numbers that are payment cards by issuer range, length and check digit.
    public var maskCardNumbers: Bool
    /// Tokens that open doors: JSON web tokens, `Bearer` values, private keys in PEM form.
    public var maskSecrets: Bool

    public init(maskCardNumbers: Bool = true, maskSecrets: Bool = true) {
        self.maskCardNumbers = maskCardNumbers
        self.maskSecrets = maskSecrets
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init()
        maskCardNumbers = try reader.flag("maskCardNumbers") ?? maskCardNumbers
        maskSecrets = try reader.flag("maskSecrets") ?? maskSecrets
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("maskCardNumbers", maskCardNumbers)
        writer.add("maskSecrets", maskSecrets)
        return writer.value
    }
}
