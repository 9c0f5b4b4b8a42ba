/// The host name that a TLS client asks for (RFC 6066 §3), as configuration writes patterns of it.
public enum ServerName {
    /// Whether `pattern` takes a name: itself, or after a leading `*.` one or more labels before the rest.
    ///
    /// - Parameter name: In lower case.
    public static func matches(_ name: String, pattern: String) -> Bool {
        guard pattern.hasPrefix("*.") else { return pattern == name }
        let suffix = pattern.dropFirst()
        return name.utf8.count > suffix.utf8.count && name.hasSuffix(suffix)
    }

    /// A pattern in lower case.
    static func readPattern(_ value: JSONValue, path: String) throws(ConfigurationError) -> String {
        let text = try ObjectReader.text(value, path: path, maximumBytes: 255).lowercased()
        let name = text.hasPrefix("*.") ? text.dropFirst(2) : text[...]
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x2D || $0 == 0x5F }
        }
        guard isName else {
            throw ConfigurationError(path: path, message: "\"\(text)\" is not a host name, nor one after \"*.\"")
        }
        return text
    }
}
