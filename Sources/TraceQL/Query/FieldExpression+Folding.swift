extension FieldExpression {
    /// The value of an expression that looks at nothing: arithmetic of literals.
    public var constant: Literal? {
        switch self {
        case .literal(let literal): return literal
        case .field, .unary(.not, _): return nil
        case .unary(.negative, let inner): return inner.constant?.negated
        case .binary(let operation, let left, let right):
            guard operation.isArithmetic, let left = left.constant, let right = right.constant else { return nil }
            switch Value.arithmetic(Value(left), operation, Value(right)) {
            case .int(let value): return .int(value)
            case .duration(let value): return .duration(value)
            case .double(let value): return value.isFinite ? .double(value) : nil
            default: return nil
            }
        }
    }

    /// Whether it is a field, a literal or arithmetic of those: nothing comes of it where one of its fields is missing.
    public var isArithmetic: Bool {
        switch self {
        case .literal, .field: true
        case .unary(.negative, let inner): inner.isArithmetic
        case .unary(.not, _): false
        case .binary(let operation, let left, let right):
            operation.isArithmetic && left.isArithmetic && right.isArithmetic
        }
    }
}
