extension TraceQuery {
    /// Reads a query.
    ///
    /// - Parameters:
    ///   - patternFault: says what is wrong with a regular expression, `nil` where nothing is. Which expressions there are
    ///     is the matcher's to say.
    /// - Throws: for text that is no query, and for what Tempo has and is not supported here, with the place.
    public static func parse(
        _ text: String, limits: TraceQLLimits = TraceQLLimits(), patternFault: (String) -> String? = { _ in nil }
    ) throws(TraceQLError) -> TraceQuery {
        guard text.utf8.count <= limits.maximumBytes else {
            throw TraceQLError("A query has at most \(limits.maximumBytes) bytes.", at: limits.maximumBytes)
        }
        var parser = Parser(try Lexer.tokens(text), limits)
        let query = try parser.query()
        for (pattern, offset) in parser.patterns {
            if let fault = patternFault(pattern) {
                throw TraceQLError("The regular expression is not valid: \(fault).", at: offset)
            }
        }
        return query
    }
}
