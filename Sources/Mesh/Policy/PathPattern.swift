/// Which paths: `/exact`, `/prefix/*` for it and everything under it, or `/a/{name}/b` with whole segments left open.
public struct PathPattern: Sendable, Hashable {
    /// As it was written.
    public let text: String
    private let path: RouteMatch.Path
    /// For comparison without case.
    private let folded: RouteMatch.Path

    /// `nil` unless `text` is in the normal form that requests are brought to: it starts with a slash, and has no
    /// query, no empty or dot segment and no `%`.
    public init?(_ text: String) {
        self.text = text
        let start = text.hasSuffix("/*") ? String(text.dropLast(2)) : text
        guard text.hasPrefix("/"), !start.utf8.contains(where: { "*?#%".utf8.contains($0) }),
            case .normal(let normal) = NormalPath.of(start.isEmpty ? "/" : start), normal == start || start.isEmpty
        else { return nil }
        guard let path = Self.path(start, isPrefix: start != text),
            let folded = Self.path(start.lowercased(), isPrefix: start != text)
        else { return nil }
        (self.path, self.folded) = (path, folded)
    }

    private static func path(_ start: String, isPrefix: Bool) -> RouteMatch.Path? {
        if isPrefix { return .prefix(start.isEmpty ? "/" : start) }
        guard start.utf8.contains(UInt8(ascii: "{")) || start.utf8.contains(UInt8(ascii: "}")) else {
            return .exact(start)
        }
        return PathTemplate(start).map { .template($0) }
    }

    static func read(_ value: JSONValue, path: String) throws(ConfigurationError) -> PathPattern {
        let text = try ObjectReader.text(value, path: path, maximumBytes: 2_048)
        guard let pattern = PathPattern(text) else {
            throw ConfigurationError(
                path: path,
                message: "\"\(text)\" is not a path in its normal form: /exact, /prefix/* or /a/{name}/b, without "
                    + "query, percent sign, empty or dot segments")
        }
        return pattern
    }

    func matches(_ normalPath: String, ignoringCase: Bool = false) -> Bool {
        ignoringCase ? folded.matches(normalPath.lowercased()) : path.matches(normalPath)
    }
}
