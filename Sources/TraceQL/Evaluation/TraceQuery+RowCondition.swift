extension TraceQuery {
    /// The condition that a span meets exactly where the pipeline leaves it in, whatever its trace is; `nil` where that
    /// takes the trace to know. Says nothing of metrics' fields and groups.
    public var rowCondition: FieldExpression? {
        var parts: [FieldExpression] = []
        for stage in stages {
            switch stage {
            case .spanSets(let expression):
                guard let condition = expression.rowCondition else { return nil }
                parts.append(condition)
            case .coalesce, .select, .by: continue
            case .scalar: return nil
            }
        }
        return parts.dropFirst().reduce(parts.first) { .binary(.and, $0 ?? .literal(.bool(true)), $1) }
    }
}

extension SpanSetExpression {
    fileprivate var rowCondition: FieldExpression? {
        switch self {
        case .filter(let condition): return condition.concernsTrace ? nil : condition
        case .operation(.or, let left, let right):
            guard let left = left.rowCondition, let right = right.rowCondition else { return nil }
            return .binary(.or, left, right)
        case .pipeline(let stages): return TraceQuery(stages: stages).rowCondition
        case .operation: return nil
        }
    }
}
