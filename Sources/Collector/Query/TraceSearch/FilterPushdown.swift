import Storage
import TraceQL

/// Turns conditions of a query into filters that storage can prune by.
///
/// A filter made here is *sound*: every span for which the condition holds passes it. Spans that pass are looked at again,
/// so it may let more through, and where storage has no word for something it lets everything through.
enum FilterPushdown {
    /// What storage takes of one filter; beyond it nothing is pruned.
    private static let maximumComparisons = 256
    private static let maximumDepth = 60

    static func filter(_ condition: FieldExpression) -> SpanFilter { bounded(filter(condition, isNegated: false)) }

    /// `filter`, where storage takes it.
    static func bounded(_ filter: SpanFilter) -> SpanFilter {
        let (comparisons, depth) = size(filter)
        return comparisons <= maximumComparisons && depth <= maximumDepth ? filter : .all
    }

    private static func filter(_ condition: FieldExpression, isNegated: Bool) -> SpanFilter {
        switch condition {
        case .literal(let literal): return (literal == .bool(true)) != isNegated ? .all : .none
        case .field(let field):
            guard let stored = stored(field) else { return .all }
            return negating(isNegated, .compare(stored, .equal, .bool(true)))
        case .unary(.not, let inner): return filter(inner, isNegated: !isNegated)
        case .unary(.negative, _): return isNegated ? .all : .none
        case .binary(.and, let left, let right), .binary(.or, let left, let right):
            let parts = [filter(left, isNegated: isNegated), filter(right, isNegated: isNegated)]
            if case .binary(.and, _, _) = condition { return isNegated ? or(parts) : and(parts) }
            return isNegated ? and(parts) : or(parts)
        case .binary(let operation, let left, let right):
            guard operation.isComparison else { return isNegated ? .all : .none }
            return comparison(left, operation, right, isNegated: isNegated)
        }
    }

    private static func comparison(
        _ left: FieldExpression, _ operation: BinaryOperator, _ right: FieldExpression, isNegated: Bool
    ) -> SpanFilter {
        if case .field(let field) = left, let literal = right.constant {
            return comparison(field, operation, literal, isNegated: isNegated)
        }
        if case .field(let field) = right, let literal = left.constant {
            return comparison(field, operation.mirrored, literal, isNegated: isNegated)
        }
        if isNegated || !left.isArithmetic || !right.isArithmetic || left.constant == Literal.none
            || right.constant == Literal.none
        {
            return .all
        }
        // Nothing compares with what is not there.
        var fields: [SpanFilter] = []
        for side in [left, right] {
            side.forEach { part in
                if case .field(let field) = part, case .attribute = field, let stored = stored(field) {
                    fields.append(.exists(stored))
                }
            }
        }
        return and(fields)
    }

    private static func comparison(
        _ field: Field, _ operation: BinaryOperator, _ literal: Literal, isNegated: Bool
    ) -> SpanFilter {
        if field == .intrinsic(.nestedSetParent) { return root(operation, literal, isNegated: isNegated) }
        guard let stored = stored(field) else { return .all }
        if literal == .none {
            guard case .attribute = field else { return .all }
            return negating(isNegated != (operation == .equal), .exists(stored))
        }
        guard let value = value(literal, field), let comparison = comparison(operation) else {
            // Types that never compare.
            return isNegated ? .all : .none
        }
        let filter = SpanFilter.compare(stored, comparison, value)
        guard isNegated else { return filter }
        // Of several values storage asks whether any differs, and a query whether all do.
        switch comparison {
        case .notEqual: return .or([.not(filter), .compare(stored, .equal, value)])
        case .notMatches: return .or([.not(filter), .compare(stored, .matches, value)])
        default: return .not(filter)
        }
    }

    /// Spans without a parent have -1; storage knows them.
    private static func root(_ operation: BinaryOperator, _ literal: Literal, isNegated: Bool) -> SpanFilter {
        guard !isNegated, case .int(let number) = literal else { return .all }
        let isOnlyRoots =
            switch operation {
            case .less: number <= 0
            case .lessOrEqual, .equal: number < 0
            default: false
            }
        return isOnlyRoots ? .compare(.isRoot, .equal, .bool(true)) : .all
    }

    static func comparison(_ operation: BinaryOperator) -> SpanFilter.Comparison? {
        SpanFilter.Comparison(rawValue: operation.rawValue)
    }

    /// `nil` where the two never compare.
    static func value(_ literal: Literal, _ field: Field) -> FilterValue? {
        switch literal {
        case .string(let text): .string(text)
        case .int(let value), .duration(let value): .int(value)
        case .double(let value): .double(value)
        case .bool(let flag): .bool(flag)
        case .status(let code): field == .intrinsic(.status) ? .int(Int64(code)) : nil
        case .kind(let code): field == .intrinsic(.kind) ? .int(Int64(code)) : nil
        case .none: nil
        }
    }

    /// What storage calls it; `nil` for what it cannot ask of a span.
    static func stored(_ field: Field) -> SpanFilter.Field? {
        switch field {
        case .parentAttribute: return nil
        case .attribute(let scope, let key):
            let stored: SpanFilter.AttributeScope =
                switch scope {
                case .any: .any
                case .span: .span
                case .resource: .resource
                case .event: .event
                case .link: .link
                case .instrumentation: .scope
                }
            return .attribute(stored, key: key)
        case .intrinsic(let intrinsic):
            switch intrinsic {
            case .name: return .name
            case .kind: return .kind
            case .status: return .status
            case .statusMessage: return .statusMessage
            case .duration: return .duration
            case .spanID: return .spanID
            case .parentID: return .parentSpanID
            case .traceID: return .traceID
            case .eventName: return .eventName
            case .linkTraceID: return .linkTraceID
            case .linkSpanID: return .linkSpanID
            case .instrumentationName: return .scopeName
            case .instrumentationVersion: return .scopeVersion
            case .childCount, .traceDuration, .rootName, .rootServiceName, .nestedSetLeft, .nestedSetRight,
                .nestedSetParent, .eventTimeSinceStart:
                return nil
            }
        }
    }

    private static func negating(_ isNegated: Bool, _ filter: SpanFilter) -> SpanFilter {
        isNegated ? .not(filter) : filter
    }

    static func and(_ filters: [SpanFilter]) -> SpanFilter {
        var parts: [SpanFilter] = []
        for filter in filters {
            switch filter {
            case .all: continue
            case .none: return .none
            case .and(let inner): parts += inner
            default: parts.append(filter)
            }
        }
        return parts.isEmpty ? .all : parts.count == 1 ? parts[0] : .and(parts)
    }

    static func or(_ filters: [SpanFilter]) -> SpanFilter {
        var parts: [SpanFilter] = []
        for filter in filters {
            switch filter {
            case .all: return .all
            case .none: continue
            case .or(let inner): parts += inner
            default: parts.append(filter)
            }
        }
        return parts.isEmpty ? .none : parts.count == 1 ? parts[0] : .or(parts)
    }

    private static func size(_ filter: SpanFilter) -> (comparisons: Int, depth: Int) {
        switch filter {
        case .all, .none: return (0, 0)
        case .compare, .exists: return (1, 0)
        case .not(let inner):
            let (comparisons, depth) = size(inner)
            return (comparisons, depth + 1)
        case .and(let parts), .or(let parts):
            var (comparisons, depth) = (0, 0)
            for part in parts {
                let inner = size(part)
                comparisons += inner.comparisons
                depth = max(depth, inner.depth + 1)
            }
            return (comparisons, depth)
        }
    }
}
