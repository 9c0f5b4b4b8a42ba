import NIOHTTP1

/// A request that found its route.
struct QueryRequest: Sendable {
    let http: HTTPRequest
    /// What the segments in braces of the route's path took.
    let path: [String: String]

    /// The first value of a query parameter; an empty one is as good as none.
    func parameter(_ name: String) -> String? {
        http.query.first { $0.name == name && !$0.value.isEmpty }?.value
    }

    /// The first of these that is there: parameters have older names.
    func parameter(_ names: [String]) -> (name: String, value: String)? {
        for name in names { if let value = parameter(name) { return (name, value) } }
        return nil
    }

    func values(_ name: String) -> [String] { http.query.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

    /// A whole number within bounds.
    func number(_ name: String, _ range: ClosedRange<Int>, default fallback: Int) throws(QueryRefusal) -> Int {
        guard let text = parameter(name) else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw .badParameter(name, text, expected: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Whether the client would rather have protobuf.
    var acceptsProtobuf: Bool {
        http.headers[canonicalForm: "Accept"].contains { type in
            type.hasPrefix("application/x-protobuf") || type.hasPrefix("application/protobuf")
        }
    }
}
