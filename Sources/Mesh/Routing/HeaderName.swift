/// Names of HTTP header fields in configuration: tokens (RFC 9110 §5.1), kept in lower case.
enum HeaderName {
    static func read(_ value: JSONValue, path: String) throws(ConfigurationError) -> String {
        let text = try ObjectReader.text(value, path: path, maximumBytes: 256)
        guard Token.isToken(text) else {
            throw ConfigurationError(path: path, message: "\"\(text)\" is not the name of a header field")
        }
        return text.lowercased()
    }
}

/// RFC 9110 §5.6.2.
enum Token {
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
