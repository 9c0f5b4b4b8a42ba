// Canonical text: one form for each query, which parses to the very query again.

extension TraceQuery: CustomStringConvertible {
    public var description: String {
        var parts = stages.map(\.description)
        if let metrics { parts.append(metrics.description) }
        let text = parts.joined(separator: " | ")
        if hints.isEmpty { return text }
        return text + " with (" + hints.map { "\($0.name)=\($0.value)" }.joined(separator: ", ") + ")"
    }
}

extension PipelineStage: CustomStringConvertible {
    public var description: String {
        switch self {
        case .spanSets(let expression): expression.description
        case .scalar(let filter): filter.description
        case .by(let expression): "by(\(expression))"
        case .coalesce: "coalesce()"
        case .select(let fields): "select(" + fields.map(\.description).joined(separator: ", ") + ")"
        }
    }
}

extension SpanSetExpression: CustomStringConvertible {
    public var description: String {
        switch self {
        case .filter(.literal(.bool(true))): "{ }"
        case .filter(let expression): "{ \(expression) }"
        case .pipeline(let stages): "(" + stages.map(\.description).joined(separator: " | ") + ")"
        case .operation(let operation, let left, let right):
            left.text(below: operation, isRight: false) + " \(operation.rawValue) "
                + right.text(below: operation, isRight: true)
        }
    }

    private func text(below parent: SpanSetOperator, isRight: Bool) -> String {
        guard case .operation(let operation, _, _) = self else { return description }
        if operation.level > parent.level || !isRight && operation == parent { return description }
        return "(\(self))"
    }
}

extension ScalarFilter: CustomStringConvertible {
    public var description: String { "\(left) \(comparison.rawValue) \(right)" }
}

extension ScalarExpression: CustomStringConvertible {
    public var description: String {
        switch self {
        case .literal(let literal): literal.description
        case .aggregate(let aggregate, let expression):
            "\(aggregate.rawValue)(\(expression.map(\.description) ?? ""))"
        case .arithmetic(let operation, let left, let right):
            left.text(below: operation, isRight: false) + " \(operation.rawValue) "
                + right.text(below: operation, isRight: true)
        }
    }

    private func text(below parent: BinaryOperator, isRight: Bool) -> String {
        guard case .arithmetic(let operation, _, _) = self else { return description }
        let isRightBound = parent == .power
        if operation.level > parent.level || operation.level == parent.level && isRight == isRightBound {
            return description
        }
        return "(\(self))"
    }
}

extension FieldExpression: CustomStringConvertible {
    public var description: String {
        switch self {
        case .literal(let literal): literal.description
        case .field(let field): field.description
        case .unary(let operation, let inner):
            switch inner {
            case .field: operation.rawValue + inner.description
            case .literal(let literal) where !literal.isNegative && operation == .not: operation.rawValue + "\(inner)"
            default: operation.rawValue + "(\(inner))"
            }
        case .binary(let operation, let left, let right):
            left.text(below: operation, isRight: false) + " \(operation.rawValue) "
                + right.text(below: operation, isRight: true)
        }
    }

    private func text(below parent: BinaryOperator, isRight: Bool) -> String {
        switch self {
        case .field: return description
        case .literal(let literal):
            // A sign takes more than the number with it where the operator binds tightly.
            return literal.isNegative && parent.level > 2 ? "(\(self))" : description
        case .unary: return parent.level > 2 ? "(\(self))" : description
        case .binary(let operation, _, _):
            let isRightBound = parent == .power
            let isSame = operation.level == parent.level && isRight == isRightBound
            // && and || bind alike: parentheses say which comes first.
            if operation.level > parent.level || isSame && (parent.level > 1 || operation == parent) {
                return description
            }
            return "(\(self))"
        }
    }
}

extension MetricsStage: CustomStringConvertible {
    public var description: String {
        var text = function.name + "("
        if let field = function.field { text += field.description }
        if case .quantileOverTime(_, let quantiles) = function {
            for quantile in quantiles { text += ", \(quantile)" }
        }
        text += ")"
        if !groups.isEmpty { text += " by (" + groups.map(\.description).joined(separator: ", ") + ")" }
        for cut in cuts {
            switch cut {
            case .top(let count): text += " | topk(\(count))"
            case .bottom(let count): text += " | bottomk(\(count))"
            }
        }
        return text
    }
}
