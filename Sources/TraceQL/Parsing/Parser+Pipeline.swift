/// Pipelines and the span sets in them.
extension Parser {
    /// The stages up to the end of a pipeline, or to a metrics function.
    mutating func stages() throws(TraceQLError) -> [PipelineStage] {
        var stages: [PipelineStage] = []
        if atWord("coalesce") { throw expected("{ … } before coalesce()") }
        try refuseMetricsFirst()
        let first = try stage()
        // What starts with another stage starts with all spans.
        if case .spanSets = first {} else { stages.append(.spanSets(.filter(.literal(.bool(true))))) }
        stages.append(first)
        while at("|"), !isMetrics(peek(1)) {
            advance()
            stages.append(try stage())
        }
        return stages
    }

    private func refuseMetricsFirst() throws(TraceQLError) {
        if case .word(let word) = token.kind, isMetrics(token) {
            throw TraceQLError("Expected { … } | before \(word)(…).", at: token.offset)
        }
    }

    private mutating func stage() throws(TraceQLError) -> PipelineStage {
        try countTerm()
        switch token.kind {
        case .word("by"):
            advance()
            try expect("(", "after by")
            let key = try nested { parser throws(TraceQLError) in try parser.expression(1) }
            guard key.readsSpan else {
                throw TraceQLError("by(…) takes something of the span, not a value alone.", at: key.offset)
            }
            if at(",") {
                throw TraceQLError(
                    "by(…) of several fields is not supported here; write by(a) | by(b).", at: token.offset)
            }
            try expect(")", "after the field")
            return .by(key.expression)
        case .word("coalesce"):
            advance()
            try expect("(", "after coalesce")
            try expect(")", "after coalesce(")
            return .coalesce
        case .word("select"):
            advance()
            return .select(try fields("select"))
        default:
            return startsSpanSet ? .spanSets(try spanSets(1)) : .scalar(try scalarFilter())
        }
    }

    /// One field or more between parentheses.
    mutating func fields(_ name: String) throws(TraceQLError) -> [Field] {
        try expect("(", "after \(name)")
        var fields: [Field] = []
        repeat { fields.append(try field()) } while take(",")
        try expect(")", "after the fields of \(name)")
        return fields
    }

    /// Whether what follows is a span set: braces, or a pipeline in parentheses.
    private var startsSpanSet: Bool {
        var distance = 0
        while peek(distance).kind == .symbol("(") { distance += 1 }
        switch peek(distance).kind {
        case .symbol("{"), .word("by"), .word("select"), .word("coalesce"): return true
        default: return false
        }
    }

    private mutating func spanSets(_ level: Int) throws(TraceQLError) -> SpanSetExpression {
        var left = try spanSetOperand()
        while case .symbol(let symbol) = token.kind, let operation = SpanSetOperator(rawValue: symbol),
            operation.level >= level
        {
            advance()
            left = .operation(operation, left, try spanSets(operation.level + 1))
        }
        return left
    }

    private mutating func spanSetOperand() throws(TraceQLError) -> SpanSetExpression {
        if at("{") { return .filter(try filter()) }
        guard at("(") else { throw expected("{ … }, or a pipeline in parentheses") }
        advance()
        let stages = try nested { parser throws(TraceQLError) in try parser.stages() }
        if at("|") {
            throw TraceQLError(
                "A metrics function inside parentheses is not supported here; it ends the query.", at: token.offset)
        }
        try expect(")", "after the pipeline")
        if stages.count == 1, case .spanSets(let inner) = stages[0] { return inner }
        return .pipeline(stages)
    }
}
