import Storage
import TraceQL

extension FilterPushdown {
    /// A filter that passes just the spans for which the condition holds, so that none must be looked at again; `nil`
    /// where storage has no such filter.
    static func exactFilter(_ condition: FieldExpression) -> SpanFilter? {
        guard let filter = exact(condition), bounded(filter) == filter else { return nil }
        return filter
    }

    private static func exact(_ condition: FieldExpression) -> SpanFilter? {
        switch condition {
        case .literal(let literal): return literal == .bool(true) ? .all : SpanFilter.none
        case .field(let field):
            guard isComparedAlike(field), let stored = stored(field) else { return nil }
            return .compare(stored, .equal, .bool(true))
        case .unary(.not, let inner): return exact(inner).map { .not($0) }
        case .unary(.negative, _): return SpanFilter.none
        case .binary(.and, let left, let right):
            guard let left = exact(left), let right = exact(right) else { return nil }
            return .and([left, right])
        case .binary(.or, let left, let right):
            guard let left = exact(left), let right = exact(right) else { return nil }
            return .or([left, right])
        case .binary(let operation, .field(let field), let right):
            return right.constant.flatMap { exact(field, operation, $0) }
        case .binary(let operation, let left, .field(let field)):
            return left.constant.flatMap { exact(field, operation.mirrored, $0) }
        case .binary: return nil
        }
    }

    private static func exact(_ field: Field, _ operation: BinaryOperator, _ literal: Literal) -> SpanFilter? {
        guard isComparedAlike(field), let stored = stored(field), let comparison = comparison(operation) else {
            return nil
        }
        switch (field, literal) {
        case (.attribute, .none):
            switch operation {
            case .equal: return .not(.exists(stored))
            case .notEqual: return .exists(stored)
            default: return nil
            }
        case (_, .none): return nil
        // Kinds and statuses have no order, and are no numbers.
        case (.intrinsic(.kind), .kind), (.intrinsic(.status), .status):
            guard operation == .equal || operation == .notEqual else { return SpanFilter.none }
        case (.intrinsic(.kind), _), (.intrinsic(.status), _), (_, .kind), (_, .status): return SpanFilter.none
        case (_, .bool): guard operation == .equal || operation == .notEqual else { return nil }
        default: break
        }
        guard let value = value(literal, field) else { return nil }
        // Of several values storage asks whether any differs, and a query whether all do.
        switch comparison {
        case .notEqual: return .and([.compare(stored, .notEqual, value), .not(.compare(stored, .equal, value))])
        case .notMatches: return .and([.compare(stored, .notMatches, value), .not(.compare(stored, .matches, value))])
        default: return .compare(stored, comparison, value)
        }
    }

    /// Whether storage compares the field's values as a query does. Ids it takes in capitals too, and of events and links
    /// it looks at each on its own.
    private static func isComparedAlike(_ field: Field) -> Bool {
        switch field {
        case .attribute(let scope, _):
            switch scope {
            case .any, .span, .resource, .instrumentation: true
            case .event, .link: false
            }
        case .parentAttribute: false
        case .intrinsic(let intrinsic):
            switch intrinsic {
            case .name, .kind, .status, .statusMessage, .duration, .instrumentationName, .instrumentationVersion: true
            default: false
            }
        }
    }
}
