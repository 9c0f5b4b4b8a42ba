/// A path whose segments are literals or `{name}`s: `/entries/{payment}/settled`.
public struct PathTemplate: Sendable, Hashable {
    /// As it was written.
    public let text: String
    /// In order; `nil` takes any segment that is not empty.
    private let segments: [[UInt8]?]

    public static let maximumSegments = 64

    /// `nil` unless `text` starts with a slash, has no query, and its braces enclose whole segments that are not empty.
    public init?(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "/"), !text.utf8.contains(UInt8(ascii: "?")) else { return nil }
        var segments: [[UInt8]?] = []
        for segment in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            let isName = segment.first == UInt8(ascii: "{") && segment.last == UInt8(ascii: "}") && segment.count > 2
            let literal = isName ? segment.dropFirst().dropLast() : segment
            guard !literal.contains(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") }) else { return nil }
            segments.append(isName ? nil : Array(segment))
        }
        guard segments.count <= Self.maximumSegments else { return nil }
        self.text = text
        self.segments = segments
    }

    /// - Parameter target: in origin form: path and query.
    func matches(_ target: String) -> Bool {
        var rest = target.utf8[...]
        for segment in segments {
            guard rest.popFirst() == UInt8(ascii: "/") else { return false }
            let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            let sent = rest[..<end]
            if let segment { if !sent.elementsEqual(segment) { return false } } else if sent.isEmpty { return false }
            rest = rest[end...]
        }
        return rest.isEmpty || rest.first == UInt8(ascii: "?")
    }
}
