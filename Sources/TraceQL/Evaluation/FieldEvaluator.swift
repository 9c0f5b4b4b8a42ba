import Telemetry

/// Evaluates expressions over one span at a time.
public struct FieldEvaluator {
    private let matchers: [String: (String) -> Bool]

    /// - Parameter matcher: makes what says whether a whole string matches a regular expression.
    public init<E: Error>(
        _ query: TraceQuery, matcher: (String) throws(E) -> (String) -> Bool
    ) throws(E) {
        var matchers: [String: (String) -> Bool] = [:]
        for pattern in query.patterns where matchers[pattern] == nil { matchers[pattern] = try matcher(pattern) }
        self.matchers = matchers
    }

    /// Whether the span in `row` meets a condition.
    public func holds(_ expression: FieldExpression, _ trace: TraceView, _ row: Int) -> Bool {
        switch expression {
        case .literal(let literal): return literal == .bool(true)
        case .field(let field): return Value.compare(trace.value(field, row), .equal, .bool(true))
        case .unary(.not, let inner): return !holds(inner, trace, row)
        case .unary(.negative, _): return false
        case .binary(.and, let left, let right): return holds(left, trace, row) && holds(right, trace, row)
        case .binary(.or, let left, let right): return holds(left, trace, row) || holds(right, trace, row)
        case .binary(let operation, let left, let right):
            return operation.isComparison && compare(left, operation, right, trace, row)
        }
    }

    private func compare(
        _ left: FieldExpression, _ operation: BinaryOperator, _ right: FieldExpression, _ trace: TraceView, _ row: Int
    ) -> Bool {
        if left == .literal(.none) || right == .literal(.none) {
            // Only `= nil` and `!= nil` ask whether something is there.
            let isNothing =
                value(left, trace, row) == .none && value(right, trace, row) == .none
            return operation == .equal ? isNothing : operation == .notEqual && !isNothing
        }
        let value = value(left, trace, row)
        guard operation == .matches || operation == .notMatches else {
            return Value.compare(value, operation, self.value(right, trace, row))
        }
        guard case .literal(.string(let pattern)) = right, let matcher = matchers[pattern] else { return false }
        return Self.matches(value, matcher, isNegated: operation == .notMatches)
    }

    /// Of a list any element may match; negated, there must be a string, and none may match.
    private static func matches(_ value: Value, _ matcher: (String) -> Bool, isNegated: Bool) -> Bool {
        switch value {
        case .string(let text): return matcher(text) != isNegated
        case .list(let values):
            var hasString = false
            for case .string(let text) in values {
                hasString = true
                if matcher(text) { return !isNegated }
            }
            return hasString && isNegated
        default: return false
        }
    }

    public func value(_ expression: FieldExpression, _ trace: TraceView, _ row: Int) -> Value {
        switch expression {
        case .literal(let literal): Value(literal)
        case .field(let field): trace.value(field, row)
        case .unary(.negative, let inner): value(inner, trace, row).negated
        case .binary(let operation, let left, let right) where operation.isArithmetic:
            Value.arithmetic(value(left, trace, row), operation, value(right, trace, row))
        case .unary(.not, _), .binary: .bool(holds(expression, trace, row))
        }
    }
}
