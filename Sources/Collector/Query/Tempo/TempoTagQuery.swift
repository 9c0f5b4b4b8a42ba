/// The older way to search: `tags=service.name=ledger error=true`, pairs as logfmt has them, with the least and the
/// longest duration of the trace. Read as the TraceQL query that means the same: all tags on one span, equal values.
struct TempoTagQuery {
    private static let maximumTags = 32

    private(set) var text: String

    init(_ request: QueryRequest) throws(QueryRefusal) {
        var conditions: [String] = []
        var keys: Set<String> = []
        for (key, value) in try Self.pairs(request.parameter("tags") ?? "") {
            guard keys.insert(key).inserted else {
                throw .badRequest("invalid tags: tag \(key.prefix(100)) has been set twice")
            }
            conditions.append(Self.condition(key, value))
        }
        let shortest = try request.duration(["minDuration"])
        let longest = try request.duration(["maxDuration"])
        if let shortest, let longest, shortest > longest {
            throw .badRequest("invalid maxDuration: must be greater than minDuration")
        }
        if let shortest { conditions.append("traceDuration >= \(shortest)ns") }
        if let longest { conditions.append("traceDuration <= \(longest)ns") }
        text = "{ " + conditions.joined(separator: " && ") + " }"
    }

    private static func condition(_ key: String, _ value: String) -> String {
        switch key {
        case "name": return "name = \(quoted(value))"
        case "root.name": return "rootName = \(quoted(value))"
        case "root.service.name": return "rootServiceName = \(quoted(value))"
        case "status.code" where ["ok", "error", "unset"].contains(value): return "status = \(value)"
        case "error" where value == "true": return "status = error"
        default:
            let field = ".\"" + key.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
            var choices = ["\(field) = \(quoted(value))"]
            if Int64(value) != nil
                || (Double(value)?.isFinite ?? false) && value.allSatisfy({ "0123456789.-".contains($0) })
            {
                choices.append("\(field) = \(value)")
            }
            if Bool(value) != nil { choices.append("\(field) = \(value)") }
            return choices.count == 1 ? choices[0] : "(" + choices.joined(separator: " || ") + ")"
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }

    /// `key=value key2="a value"`; a key alone is true.
    private static func pairs(_ text: String) throws(QueryRefusal) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        var rest = text[...]
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            if rest.isEmpty { return pairs }
            guard pairs.count < maximumTags else { throw .badRequest("invalid tags: at most \(maximumTags)") }
            let key = rest.prefix { $0 != "=" && $0 != " " && $0 != "\"" }
            let place = text.utf8.count - rest.utf8.count
            guard !key.isEmpty else { throw .badRequest("invalid tags: expected a key at byte \(place)") }
            rest = rest.dropFirst(key.count)
            guard rest.first == "=" else {
                pairs.append((String(key), "true"))
                continue
            }
            rest = rest.dropFirst()
            guard let value = rest.first == "\"" ? quotedValue(&rest) : bareValue(&rest) else {
                throw .badRequest("invalid tags: the quotes that open behind byte \(place) do not close")
            }
            pairs.append((String(key), value))
        }
    }

    private static func bareValue(_ rest: inout Substring) -> String? {
        let value = rest.prefix { $0 != " " && $0 != "\t" }
        rest = rest.dropFirst(value.count)
        return String(value)
    }

    private static func quotedValue(_ rest: inout Substring) -> String? {
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" { return value }
            if character == "\\", let next = rest.popFirst() {
                value.append(next == "n" ? "\n" : next)
            } else {
                value.append(character)
            }
        }
        return nil
    }
}
