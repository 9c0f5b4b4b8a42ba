/// Numbers made of span sets.
extension Parser {
    private struct TypedScalar {
        var expression: ScalarExpression
        var type: ValueType
        var offset: Int
        var readsSpans: Bool
    }

    mutating func scalarFilter() throws(TraceQLError) -> ScalarFilter {
        let left = try scalar(3)
        guard case .symbol(let symbol) = token.kind, let comparison = BinaryOperator(rawValue: symbol),
            comparison.isComparison, comparison != .matches, comparison != .notMatches
        else {
            if at(")") || token.kind == .end || at("|") {
                throw TraceQLError(
                    "Expected a comparison such as count() > 3, found \(found(token)); comparing two pipelines with "
                        + "each other is not supported here.", at: token.offset)
            }
            throw expected("one of = != < <= > >=")
        }
        advance()
        let right = try scalar(3)
        guard left.readsSpans || right.readsSpans else {
            throw TraceQLError(
                "A stage that compares numbers looks at the spans, as count() > 3 does.", at: left.offset)
        }
        guard left.type.fits(right.type) else {
            throw TraceQLError(
                "\(left.type.rawValue) is compared with \(right.type.rawValue).", at: right.offset)
        }
        return ScalarFilter(left.expression, comparison, right.expression)
    }

    private mutating func scalar(_ level: Int) throws(TraceQLError) -> TypedScalar {
        var left = try scalarOperand()
        while case .symbol(let symbol) = token.kind, let operation = BinaryOperator(rawValue: symbol),
            operation.isArithmetic, operation.level >= level
        {
            advance()
            let right =
                operation == .power
                ? try nested { parser throws(TraceQLError) in try parser.scalar(operation.level) }
                : try scalar(operation.level + 1)
            left = TypedScalar(
                expression: .arithmetic(operation, left.expression, right.expression),
                type: left.type == .duration || right.type == .duration ? .duration : .double, offset: left.offset,
                readsSpans: left.readsSpans || right.readsSpans)
        }
        return left
    }

    private mutating func scalarOperand() throws(TraceQLError) -> TypedScalar {
        let start = token
        switch start.kind {
        case .symbol("("):
            advance()
            let inner = try nested { parser throws(TraceQLError) in try parser.scalar(3) }
            try expect(")", "after the expression")
            return inner
        case .symbol("-"):
            advance()
            guard case .literal(let literal) = token.kind, let negated = literal.negated else {
                throw expected("a number after '-'")
            }
            try countTerm()
            advance()
            return TypedScalar(
                expression: .literal(negated), type: negated.type, offset: start.offset, readsSpans: false)
        case .literal(let literal) where literal.type.isNumber:
            try countTerm()
            advance()
            return TypedScalar(
                expression: .literal(literal), type: literal.type, offset: start.offset, readsSpans: false)
        case .word(let word):
            guard let aggregate = Aggregate(rawValue: word) else { throw unknownFunction(word) }
            advance()
            return try self.aggregate(aggregate, from: start.offset)
        default: throw expected("{ … } or a function such as count()")
        }
    }

    private mutating func aggregate(_ aggregate: Aggregate, from start: Int) throws(TraceQLError) -> TypedScalar {
        try countTerm()
        try expect("(", "after \(aggregate.rawValue)")
        if aggregate == .count {
            try expect(")", "after count(, which takes nothing")
            return TypedScalar(expression: .aggregate(.count, nil), type: .int, offset: start, readsSpans: true)
        }
        let inner = try nested { parser throws(TraceQLError) in try parser.expression(1) }
        guard inner.type.isNumber || inner.type == .attribute else {
            throw TraceQLError(
                "\(aggregate.rawValue)(…) takes numbers, and this is \(inner.type.rawValue).", at: inner.offset)
        }
        guard inner.readsSpan else {
            throw TraceQLError(
                "\(aggregate.rawValue)(…) takes something of the span, not a value alone.", at: inner.offset)
        }
        try expect(")", "after the field")
        return TypedScalar(
            expression: .aggregate(aggregate, inner.expression),
            type: inner.type == .attribute ? .double : inner.type, offset: start, readsSpans: true)
    }

    private func unknownFunction(_ word: String) -> TraceQLError {
        let known =
            Aggregate.allCases.map { "\($0.rawValue)()" } + ["by()", "coalesce()", "select()"]
            + MetricsStage.Function.names.map { "\($0)()" }
        return TraceQLError(
            "There is no function '\(word.prefix(60))'; there are \(known.joined(separator: ", ")).", at: token.offset)
    }
}
