/// Which callers: a SPIFFE id, one with `*` at its end for all that start so, or `*` for every caller that has proved
/// who it is.
public struct PrincipalPattern: Sendable, Hashable {
    /// As it was written.
    public let text: String
    private let prefix: String?

    /// `nil` unless `text` is `*`, or starts with `spiffe://` and has no `*` but at the end of a path.
    public init?(_ text: String) {
        self.text = text
        if text == "*" {
            prefix = ""
            return
        }
        let scheme = MeshIdentity.scheme
        guard text.hasPrefix(scheme), text.utf8.count > scheme.utf8.count else { return nil }
        guard text.utf8.last == UInt8(ascii: "*") else {
            guard !text.utf8.contains(UInt8(ascii: "*")) else { return nil }
            prefix = nil
            return
        }
        let start = text.utf8.dropLast()
        // A trust domain must be whole: spiffe://bank* would take spiffe://bank.attacker.example/x.
        guard !start.contains(UInt8(ascii: "*")), start.dropFirst(scheme.utf8.count).contains(UInt8(ascii: "/")) else {
            return nil
        }
        prefix = String(text.dropLast())
    }

    static func read(_ value: JSONValue, path: String) throws(ConfigurationError) -> PrincipalPattern {
        let text = try ObjectReader.text(value, path: path, maximumBytes: SPIFFEText.maximumBytes + 1)
        guard let pattern = PrincipalPattern(text) else {
            throw ConfigurationError(
                path: path,
                message: "\"\(text)\" is neither a SPIFFE id, one that ends with * after its trust domain, nor *")
        }
        return pattern
    }

    /// - Parameter principal: Empty for a caller that nothing is known of, whom no pattern takes.
    public func matches(_ principal: String) -> Bool {
        if principal.isEmpty { return false }
        guard let prefix else { return principal == text }
        return principal.utf8.starts(with: prefix.utf8)
    }
}
