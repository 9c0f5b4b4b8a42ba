/// A comparison of numbers made of a whole span set: `max(duration) - min(duration) > 1s`.
public struct ScalarFilter: Sendable, Hashable {
    public var left: ScalarExpression
    public var comparison: BinaryOperator
    public var right: ScalarExpression

    public init(_ left: ScalarExpression, _ comparison: BinaryOperator, _ right: ScalarExpression) {
        self.left = left
        self.comparison = comparison
        self.right = right
    }
}

/// A number made of a span set.
public indirect enum ScalarExpression: Sendable, Hashable {
    case literal(Literal)
    /// `count()` has no expression; the others aggregate one over the spans that have a number for it.
    case aggregate(Aggregate, FieldExpression?)
    case arithmetic(BinaryOperator, ScalarExpression, ScalarExpression)
}

public enum Aggregate: String, Sendable, Hashable, CaseIterable {
    case count, avg, min, max, sum
}
