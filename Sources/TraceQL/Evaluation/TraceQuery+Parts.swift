extension TraceQuery {
    /// Calls `body` with every expression between braces, in aggregates and groups.
    func forEachExpression(_ body: (FieldExpression) -> Void) {
        for stage in stages { stage.forEachExpression(body) }
    }

    /// The regular expressions in it.
    var patterns: [String] {
        var patterns: [String] = []
        forEachExpression { expression in
            expression.forEach { part in
                if case .binary(.matches, _, .literal(.string(let text))) = part { patterns.append(text) }
                if case .binary(.notMatches, _, .literal(.string(let text))) = part { patterns.append(text) }
            }
        }
        return patterns
    }

    /// The fields whose values answer the query: those it compares, but for what every answer names anyway, and those it
    /// selects; each once, in order.
    public var shownFields: [Field] {
        var fields: [Field] = []
        forEachExpression { expression in
            expression.forEach { part in
                if case .field(let field) = part, !field.isAlwaysShown, !fields.contains(field) { fields.append(field) }
            }
        }
        for stage in stages { stage.forEachSelected { if !fields.contains($0) { fields.append($0) } } }
        return fields
    }
}

extension PipelineStage {
    func forEachExpression(_ body: (FieldExpression) -> Void) {
        switch self {
        case .spanSets(let expression): expression.forEachExpression(body)
        case .scalar(let filter):
            filter.left.forEachExpression(body)
            filter.right.forEachExpression(body)
        case .by(let expression): body(expression)
        case .coalesce, .select: break
        }
    }

    fileprivate func forEachSelected(_ body: (Field) -> Void) {
        switch self {
        case .select(let fields): fields.forEach(body)
        case .spanSets(let expression): expression.forEachSelected(body)
        case .scalar, .by, .coalesce: break
        }
    }
}

extension SpanSetExpression {
    func forEachExpression(_ body: (FieldExpression) -> Void) {
        switch self {
        case .filter(let expression): body(expression)
        case .pipeline(let stages): for stage in stages { stage.forEachExpression(body) }
        case .operation(_, let left, let right):
            left.forEachExpression(body)
            right.forEachExpression(body)
        }
    }

    fileprivate func forEachSelected(_ body: (Field) -> Void) {
        switch self {
        case .filter: break
        case .pipeline(let stages): for stage in stages { stage.forEachSelected(body) }
        case .operation(_, let left, let right):
            left.forEachSelected(body)
            right.forEachSelected(body)
        }
    }
}

extension ScalarExpression {
    fileprivate func forEachExpression(_ body: (FieldExpression) -> Void) {
        switch self {
        case .literal: break
        case .aggregate(_, let expression): if let expression { body(expression) }
        case .arithmetic(_, let left, let right):
            left.forEachExpression(body)
            right.forEachExpression(body)
        }
    }
}

extension FieldExpression {
    /// Calls `body` with this and all parts of it.
    public func forEach(_ body: (FieldExpression) -> Void) {
        body(self)
        switch self {
        case .literal, .field: break
        case .unary(_, let inner): inner.forEach(body)
        case .binary(_, let left, let right):
            left.forEach(body)
            right.forEach(body)
        }
    }

    /// Whether it takes more than the span itself to evaluate.
    public var concernsTrace: Bool {
        var concerns = false
        forEach { if case .field(let field) = $0, field.concernsTrace { concerns = true } }
        return concerns
    }
}

extension Field {
    fileprivate var isAlwaysShown: Bool {
        switch self {
        case .attribute, .parentAttribute: false
        case .intrinsic(let intrinsic):
            switch intrinsic {
            case .name, .duration, .traceDuration, .rootName, .rootServiceName, .traceID, .spanID: true
            default: false
            }
        }
    }
}
