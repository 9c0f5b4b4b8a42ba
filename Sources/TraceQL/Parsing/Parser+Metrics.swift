/// The metrics function at the end of a query, and what follows it.
extension Parser {
    func isMetrics(_ token: Token) -> Bool {
        guard case .word(let word) = token.kind else { return false }
        return MetricsStage.Function.names.contains(word) || ["compare", "topk", "bottomk"].contains(word)
    }

    mutating func metrics() throws(TraceQLError) -> MetricsStage {
        guard case .word(let name) = token.kind else { throw expected("a metrics function") }
        try countTerm()
        if name == "compare" {
            throw TraceQLError(
                "compare(…) is not supported here; ask for the selection and for all spans, each by(…) the attribute.",
                at: token.offset)
        }
        if name == "topk" || name == "bottomk" {
            throw TraceQLError("\(name)(…) follows a metrics function such as rate().", at: token.offset)
        }
        advance()
        var stage = MetricsStage(try function(name))
        if atWord("by") {
            let place = token.offset
            advance()
            stage.groups = try fields("by")
            guard stage.groups.count <= maximumGroups else {
                throw TraceQLError("by(…) takes at most \(maximumGroups) fields.", at: place)
            }
        }
        while at("|") {
            advance()
            stage.cuts.append(try cut())
        }
        if case .symbol(let symbol) = token.kind, let operation = BinaryOperator(rawValue: symbol) {
            throw TraceQLError(
                operation.isComparison
                    ? "Comparing the values of series is not supported here; filter them where they are shown."
                    : "Arithmetic between series is not supported here; ask each on its own.", at: token.offset)
        }
        return stage
    }

    private mutating func function(_ name: String) throws(TraceQLError) -> MetricsStage.Function {
        try expect("(", "after \(name)")
        if name == "rate" || name == "count_over_time" {
            try expect(")", "after \(name)(, which takes nothing")
            return name == "rate" ? .rate : .countOverTime
        }
        let place = token.offset
        let field = try field()
        guard field.type.isNumber || field.type == .attribute else {
            throw TraceQLError("\(name)(…) takes numbers, and this is \(field.type.rawValue).", at: place)
        }
        var quantiles: [Double] = []
        if name == "quantile_over_time" { quantiles = try self.quantiles() }
        try expect(")", "after \(name)(\(field)")
        switch name {
        case "min_over_time": return .minOverTime(field)
        case "max_over_time": return .maxOverTime(field)
        case "avg_over_time": return .avgOverTime(field)
        case "sum_over_time": return .sumOverTime(field)
        case "quantile_over_time": return .quantileOverTime(field, quantiles)
        default: return .histogramOverTime(field)
        }
    }

    private mutating func quantiles() throws(TraceQLError) -> [Double] {
        var quantiles: [Double] = []
        while take(",") {
            let value: Double? =
                switch token.kind {
                case .literal(.double(let value)): value
                case .literal(.int(let value)): Double(value)
                default: nil
                }
            guard let value, 0...1 ~= value else { throw expected("a quantile from 0 to 1, such as .99") }
            guard quantiles.count < maximumQuantiles else {
                throw TraceQLError("At most \(maximumQuantiles) quantiles are asked for at once.", at: token.offset)
            }
            try countTerm()
            advance()
            quantiles.append(value)
        }
        guard !quantiles.isEmpty else { throw expected("',' and a quantile such as .99") }
        return quantiles
    }

    private mutating func cut() throws(TraceQLError) -> MetricsStage.Cut {
        guard case .word(let name) = token.kind, name == "topk" || name == "bottomk" else {
            throw expected("topk(…), bottomk(…) or the end of the query")
        }
        try countTerm()
        advance()
        try expect("(", "after \(name)")
        guard case .literal(.int(let count)) = token.kind, 1...10_000 ~= count else {
            throw expected("how many series to keep, from 1 to 10000")
        }
        advance()
        try expect(")", "after the number")
        return name == "topk" ? .top(Int(count)) : .bottom(Int(count))
    }
}

extension MetricsStage.Function {
    static let names = [
        "rate", "count_over_time", "min_over_time", "max_over_time", "avg_over_time", "sum_over_time",
        "quantile_over_time", "histogram_over_time",
    ]
}
