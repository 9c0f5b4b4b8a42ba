/// Expressions over one span.
extension Parser {
    struct Typed {
        var expression: FieldExpression
        var type: ValueType
        var offset: Int
        /// Whether it looks at the span at all.
        var readsSpan = true
    }

    /// What stands between braces.
    mutating func filter() throws(TraceQLError) -> FieldExpression {
        let start = token.offset
        try expect("{", "")
        try countTerm()
        if take("}") { return .literal(.bool(true)) }
        let condition = try nested { parser throws(TraceQLError) in try parser.expression(1) }
        guard condition.type == .bool || condition.type == .attribute else {
            throw TraceQLError(
                "Between braces stands a condition, and this is \(condition.type.rawValue).", at: condition.offset)
        }
        if at("}") {
            advance()
            return condition.expression
        }
        if token.kind == .end { throw TraceQLError("The closing '}' is missing.", at: start) }
        throw expected("an operator or '}'")
    }

    /// An expression of operators that bind at least as tightly as `level`.
    mutating func expression(_ level: Int) throws(TraceQLError) -> Typed {
        var left = try operand()
        while case .symbol(let symbol) = token.kind, let operation = BinaryOperator(rawValue: symbol),
            operation.level >= level
        {
            let place = token.offset
            advance()
            let next = operation == .power ? operation.level : operation.level + 1
            let right =
                operation == .power
                ? try nested { parser throws(TraceQLError) in try parser.expression(next) } : try expression(next)
            left = try combined(left, operation, right, at: place)
        }
        return left
    }

    private mutating func operand() throws(TraceQLError) -> Typed {
        let start = token
        switch start.kind {
        case .symbol("("):
            advance()
            let inner = try nested { parser throws(TraceQLError) in try parser.expression(1) }
            try expect(")", "after the expression")
            return inner
        case .symbol("!"), .symbol("-"): return try prefixed()
        case .literal(let literal):
            try countTerm()
            advance()
            return Typed(expression: .literal(literal), type: literal.type, offset: start.offset, readsSpan: false)
        default:
            let field = try field()
            return Typed(expression: .field(field), type: field.type, offset: start.offset)
        }
    }

    private mutating func prefixed() throws(TraceQLError) -> Typed {
        let start = advance()
        let isNot = start.kind == .symbol("!")
        // As in Tempo a sign takes products and powers with it, and `!` what binds tighter than it.
        let inner = try nested { parser throws(TraceQLError) in try parser.expression(isNot ? 5 : 4) }
        if isNot {
            guard inner.type == .bool || inner.type == .attribute else {
                throw TraceQLError("'!' negates a condition, and this is \(inner.type.rawValue).", at: inner.offset)
            }
            return Typed(
                expression: .unary(.not, inner.expression), type: .bool, offset: start.offset,
                readsSpan: inner.readsSpan)
        }
        guard inner.type.isNumber || inner.type == .attribute else {
            throw TraceQLError("'-' goes before a number, and this is \(inner.type.rawValue).", at: inner.offset)
        }
        if case .literal(let literal) = inner.expression, let negated = literal.negated {
            return Typed(expression: .literal(negated), type: inner.type, offset: start.offset, readsSpan: false)
        }
        return Typed(
            expression: .unary(.negative, inner.expression), type: inner.type, offset: start.offset,
            readsSpan: inner.readsSpan)
    }

    /// An attribute or an intrinsic.
    mutating func field() throws(TraceQLError) -> Field {
        let start = token
        switch start.kind {
        case .field(let field):
            try countTerm()
            advance()
            return field
        case .word("parent"):
            throw TraceQLError(
                "parent alone is not supported here; write nestedSetParent < 0 for spans without a parent, or "
                    + "parent.KEY for its attributes.", at: start.offset)
        case .word(let word):
            if let intrinsic = Intrinsic(rawValue: word) {
                try countTerm()
                advance()
                return .intrinsic(intrinsic)
            }
            throw TraceQLError(
                "There is no field '\(word.prefix(60))'; an attribute is written .\(word.prefix(60)), "
                    + "span.\(word.prefix(60)) or resource.\(word.prefix(60)).", at: start.offset)
        default: throw expected("a value or a field")
        }
    }

    private mutating func combined(
        _ left: Typed, _ operation: BinaryOperator, _ right: Typed, at place: Int
    ) throws(TraceQLError) -> Typed {
        if operation == .matches || operation == .notMatches {
            guard left.type == .string || left.type == .attribute else {
                throw TraceQLError(
                    "'\(operation.rawValue)' compares strings, and this is \(left.type.rawValue).", at: left.offset)
            }
            guard case .literal(.string(let pattern)) = right.expression else {
                throw TraceQLError(
                    "After '\(operation.rawValue)' stands a regular expression in quotes.", at: right.offset)
            }
            patterns.append((pattern, right.offset))
            return Typed(
                expression: .binary(operation, left.expression, right.expression), type: .bool, offset: left.offset,
                readsSpan: left.readsSpan)
        } else {
            try check(left, operation, right, at: place)
        }
        let isNumber = operation.isArithmetic
        return Typed(
            expression: .binary(
                operation, left.expression.spelled(as: right.expression), right.expression.spelled(as: left.expression)),
            type: !isNumber ? .bool : left.type == .duration || right.type == .duration ? .duration : .double,
            offset: left.offset, readsSpan: left.readsSpan || right.readsSpan)
    }

    /// Which types an operator takes.
    func check(
        _ left: Typed, _ operation: BinaryOperator, _ right: Typed, at place: Int
    ) throws(TraceQLError) {
        for side in [left, right] {
            let fits =
                switch operation {
                case .and, .or: side.type == .bool
                case .add, .subtract, .multiply, .divide, .remainder, .power: side.type.isNumber
                case .less, .lessOrEqual, .greater, .greaterOrEqual: side.type.isNumber || side.type == .string
                default: true
                }
            guard fits || side.type == .attribute else {
                throw TraceQLError(
                    "'\(operation.rawValue)' does not take \(side.type.rawValue).", at: side.offset)
            }
        }
        guard left.type.fits(right.type) || left.type == .none || right.type == .none else {
            throw TraceQLError(
                "'\(operation.rawValue)' compares \(left.type.rawValue) with \(right.type.rawValue), which never holds.",
                at: place)
        }
    }
}

extension Field {
    var type: ValueType {
        switch self {
        case .attribute, .parentAttribute: .attribute
        case .intrinsic(let intrinsic): intrinsic.type
        }
    }
}

extension FieldExpression {
    /// An id that is compared with an intrinsic one: in lower case, with the zeros that may be left out before it.
    fileprivate func spelled(as other: FieldExpression) -> FieldExpression {
        guard case .literal(.string(let text)) = self, case .field(.intrinsic(let intrinsic)) = other else {
            return self
        }
        let digits: Int
        switch intrinsic {
        case .traceID, .linkTraceID: digits = 32
        case .spanID, .parentID, .linkSpanID: digits = 16
        default: return self
        }
        guard !text.isEmpty, text.utf8.count <= digits,
            text.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit })
        else { return self }
        return .literal(.string(String(repeating: "0", count: digits - text.utf8.count) + text.lowercased()))
    }
}
