import Storage

/// Zipkin's `annotationQuery`: `http.method=GET and error`: tags with their values, or tags and annotations by name.
enum AnnotationQuery {
    static let maximumTerms = 32

    static func filters(_ text: String) throws(QueryRefusal) -> [SpanFilter] {
        let terms = text.split(separator: " and ").map(String.init)
        guard terms.count <= maximumTerms else {
            throw .badRequest("annotationQuery: at most \(maximumTerms) terms, joined by \" and \".")
        }
        var filters: [SpanFilter] = []
        for term in terms {
            // A value may hold further signs of equality.
            let sides = term.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard !sides[0].isEmpty else {
                throw .badParameter("annotationQuery", text, expected: "terms such as error or http.method=GET")
            }
            filters.append(sides.count == 2 ? JaegerTagFilter.filter(sides[0], sides[1]) : exists(sides[0]))
        }
        return filters
    }

    private static func exists(_ name: String) -> SpanFilter {
        var choices: [SpanFilter] = [
            .exists(.attribute(.span, key: name)), .exists(.attribute(.resource, key: name)),
            .compare(.eventName, .equal, .string(name)),
        ]
        if name == "error" { choices.append(.compare(.status, .equal, .int(2))) }
        return .or(choices)
    }
}
