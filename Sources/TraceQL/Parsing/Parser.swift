/// Recursive descent over the tokens of a query. Types are checked on the way, so that every fault has a place.
struct Parser {
    private let tokens: [Token]
    private let limits: TraceQLLimits
    private var index = 0
    private var depth = 0
    private var terms = 0
    /// The regular expressions, and where they stand.
    var patterns: [(pattern: String, offset: Int)] = []

    init(_ tokens: [Token], _ limits: TraceQLLimits) {
        self.tokens = tokens
        self.limits = limits
    }

    var token: Token { tokens[index] }
    var maximumGroups: Int { limits.maximumGroups }
    var maximumQuantiles: Int { limits.maximumQuantiles }

    /// The token `distance` further on, or the end.
    func peek(_ distance: Int) -> Token { tokens[min(index + distance, tokens.count - 1)] }

    /// The end stays where it is, however often it is passed.
    @discardableResult
    mutating func advance() -> Token {
        let token = tokens[index]
        if index < tokens.count - 1 { index += 1 }
        return token
    }

    func at(_ symbol: String) -> Bool { token.kind == .symbol(symbol) }
    func atWord(_ word: String) -> Bool { token.kind == .word(word) }

    mutating func take(_ symbol: String) -> Bool {
        guard at(symbol) else { return false }
        advance()
        return true
    }

    mutating func expect(_ symbol: String, _ what: String) throws(TraceQLError) {
        guard take(symbol) else { throw expected("'\(symbol)' \(what)") }
    }

    func expected(_ what: String) -> TraceQLError {
        TraceQLError("Expected \(what), found \(found(token)).", at: token.offset)
    }

    func found(_ token: Token) -> String {
        switch token.kind {
        case .end: "the end of the query"
        case .symbol(let symbol): "'\(symbol)'"
        case .word(let word): "'\(word.prefix(60))'"
        case .literal(let literal): String("\(literal)".prefix(60))
        case .field(let field): "'\(String("\(field)".prefix(60)))'"
        }
    }

    /// Counts one more value, field, brace or stage.
    mutating func countTerm() throws(TraceQLError) {
        terms += 1
        guard terms <= limits.maximumTerms else {
            throw TraceQLError("A query has at most \(limits.maximumTerms) terms.", at: token.offset)
        }
    }

    /// Runs `body` one level deeper.
    mutating func nested<R>(
        _ body: (inout Parser) throws(TraceQLError) -> R
    ) throws(TraceQLError) -> R {
        depth += 1
        guard depth <= limits.maximumDepth else {
            throw TraceQLError("A query nests at most \(limits.maximumDepth) deep.", at: token.offset)
        }
        let result = try body(&self)
        depth -= 1
        return result
    }

    mutating func query() throws(TraceQLError) -> TraceQuery {
        if token.kind == .end { throw expected("a query such as { status = error }") }
        var query = TraceQuery(stages: try stages())
        if at("|") {
            advance()
            query.metrics = try metrics()
        }
        if atWord("with") { query.hints = try hints() }
        guard token.kind == .end else { throw afterQuery() }
        return query
    }

    private func afterQuery() -> TraceQLError {
        switch token.kind {
        case .symbol("+"), .symbol("-"), .symbol("*"), .symbol("/"), .symbol("%"), .symbol("^"):
            TraceQLError("Arithmetic between queries is not supported here; ask each on its own.", at: token.offset)
        case .symbol("="), .symbol("!="), .symbol("<="), .symbol(">="):
            TraceQLError(
                "Comparing what queries give is not supported here; a span set is compared as in "
                    + "{ … } | count() > 3.", at: token.offset)
        default: expected("'|', an operator between { … } and { … }, or the end of the query")
        }
    }

    private mutating func hints() throws(TraceQLError) -> [TraceQuery.Hint] {
        advance()
        try expect("(", "after with")
        var hints: [TraceQuery.Hint] = []
        repeat {
            guard case .word(let name) = token.kind else { throw expected("the name of a hint") }
            try countTerm()
            advance()
            try expect("=", "after the hint's name")
            let isNegative = take("-")
            guard case .literal(var value) = token.kind else { throw expected("a value for the hint \(name)") }
            if isNegative {
                guard let negated = value.negated else { throw expected("a number after '-'") }
                value = negated
            }
            advance()
            hints.append(TraceQuery.Hint(name, value))
        } while take(",")
        try expect(")", "after the hints")
        return hints
    }
}

extension Literal {
    /// The number with its sign turned; `nil` for what is no number.
    var negated: Literal? {
        switch self {
        case .int(let value): value == .min ? nil : .int(-value)
        case .double(let value): .double(-value)
        case .duration(let value): value == .min ? nil : .duration(-value)
        default: nil
        }
    }
}
