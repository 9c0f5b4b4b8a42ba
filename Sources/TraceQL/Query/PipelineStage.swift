/// One stage of a pipeline: takes the span sets of a trace and gives those that are left.
public indirect enum PipelineStage: Sendable, Hashable {
    /// `{ … } >> { … }`: of each span set, the spans that match.
    case spanSets(SpanSetExpression)
    /// `count() > 2`: the span sets for which it holds.
    case scalar(ScalarFilter)
    /// `by(resource.service.name)`: each span set cut into one for each value.
    case by(FieldExpression)
    /// `coalesce()`: all span sets of a trace as one.
    case coalesce
    /// `select(span.http.route)`: what is shown of spans besides what is compared.
    case select([Field])
}

/// Which spans of a span set are meant.
public indirect enum SpanSetExpression: Sendable, Hashable {
    /// `{ … }`: the spans for which it is true.
    case filter(FieldExpression)
    /// `( … | … )`: what is left of the span set behind those stages.
    case pipeline([PipelineStage])
    case operation(SpanSetOperator, SpanSetExpression, SpanSetExpression)
}

/// How two sets of spans of a trace are combined. But for `and` and `or`, the spans of the right side are taken: those
/// that are, to any span of the left side, what the operator says; with `not…`, those that are it to none; with
/// `union…`, the spans of both sides that the relation holds between.
public enum SpanSetOperator: String, Sendable, Hashable, CaseIterable {
    /// The spans of both sides, where neither side is empty.
    case and = "&&"
    /// The spans of both sides.
    case or = "||"
    case child = ">"
    case descendant = ">>"
    case parent = "<"
    case ancestor = "<<"
    case sibling = "~"
    case notChild = "!>"
    case notDescendant = "!>>"
    case notParent = "!<"
    case notAncestor = "!<<"
    case notSibling = "!~"
    case unionChild = "&>"
    case unionDescendant = "&>>"
    case unionParent = "&<"
    case unionAncestor = "&<<"
    case unionSibling = "&~"

    /// `&&` and `||` bind less than the others; among equals the left one binds first.
    var level: Int { self == .and || self == .or ? 1 : 2 }

    public var isNegated: Bool {
        switch self {
        case .notChild, .notDescendant, .notParent, .notAncestor, .notSibling: true
        default: false
        }
    }

    public var isUnion: Bool {
        switch self {
        case .unionChild, .unionDescendant, .unionParent, .unionAncestor, .unionSibling: true
        default: false
        }
    }
}
