/// An expression over one span: what stands between braces, and what is aggregated and grouped by.
public indirect enum FieldExpression: Sendable, Hashable {
    case literal(Literal)
    case field(Field)
    case unary(UnaryOperator, FieldExpression)
    case binary(BinaryOperator, FieldExpression, FieldExpression)
}

public enum UnaryOperator: String, Sendable, Hashable {
    case not = "!"
    case negative = "-"
}

public enum BinaryOperator: String, Sendable, Hashable, CaseIterable {
    case and = "&&"
    case or = "||"
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case matches = "=~"
    case notMatches = "!~"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
    case power = "^"

    /// How tightly it binds. As in Tempo `&&` and `||` bind alike, from the left; `^` binds from the right.
    var level: Int {
        switch self {
        case .and, .or: 1
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .matches, .notMatches: 2
        case .add, .subtract: 3
        case .multiply, .divide, .remainder: 5
        case .power: 6
        }
    }

    public var isComparison: Bool { level == 2 }
    public var isArithmetic: Bool { level >= 3 }

    /// The same comparison with its sides exchanged; itself for what has no order.
    public var mirrored: BinaryOperator {
        switch self {
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        default: self
        }
    }
}
