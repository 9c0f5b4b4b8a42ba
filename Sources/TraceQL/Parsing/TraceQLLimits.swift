/// Bounds of what is taken for a query, whoever sends it.
public struct TraceQLLimits: Sendable, Hashable {
    /// Bytes of the query's text.
    public var maximumBytes = 32_768
    /// How deep parentheses and prefix operators nest.
    public var maximumDepth = 48
    /// Values, fields, braces and stages together.
    public var maximumTerms = 512
    /// Fields of one `by(…)` of a metrics stage.
    public var maximumGroups = 8
    /// Quantiles of one `quantile_over_time(…)`.
    public var maximumQuantiles = 16

    public init() {}
}
