/// The form of a path: `/api/traces/{id}`. A segment in braces takes one segment of a request; with dots behind its name,
/// one or more, for names that clients send with their slashes (`/api/search/tag/{name...}/values`).
struct RoutePath: Sendable, Hashable {
    private enum Segment: Hashable {
        case literal(String)
        case one(String)
        case many(String)
    }

    /// As it was written.
    let text: String
    private let segments: [Segment]
    /// Where the segment stands that takes several; there is at most one.
    private let manyIndex: Int?

    init(_ text: String) {
        self.text = text
        segments = text.split(separator: "/").map { part in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(String(part)) }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("...") ? .many(String(name.dropLast(3))) : .one(String(name))
        }
        manyIndex = segments.firstIndex { if case .many = $0 { true } else { false } }
    }

    /// How many segments must stand as they are: where several forms fit, the one with the most is meant.
    var literalCount: Int { segments.count { if case .literal = $0 { true } else { false } } }

    /// What the segments in braces took; `nil` when the path has another form.
    func match(_ path: ArraySlice<String>) -> [String: String]? {
        var taken: [String: String] = [:]
        guard let manyIndex else {
            guard path.count == segments.count, take(path, segments[...], into: &taken) else { return nil }
            return taken
        }
        let tail = segments.count - manyIndex - 1
        guard path.count >= segments.count, case .many(let name) = segments[manyIndex] else { return nil }
        let middle = path.dropFirst(manyIndex).dropLast(tail)
        guard
            take(path.prefix(manyIndex), segments[..<manyIndex], into: &taken),
            take(path.suffix(tail), segments[(manyIndex + 1)...], into: &taken)
        else { return nil }
        taken[name] = middle.joined(separator: "/")
        return taken
    }

    private func take(
        _ path: ArraySlice<String>, _ segments: ArraySlice<Segment>, into taken: inout [String: String]
    ) -> Bool {
        for (text, segment) in zip(path, segments) {
            switch segment {
            case .literal(let literal): guard text == literal else { return false }
            case .one(let name), .many(let name): taken[name] = text
            }
        }
        return true
    }
}
