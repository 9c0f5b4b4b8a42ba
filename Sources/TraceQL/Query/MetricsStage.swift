/// What is counted of spans over time: the end of a metrics query.
public struct MetricsStage: Sendable, Hashable {
    public var function: Function
    /// What the series are told apart by; none is one series.
    public var groups: [Field]
    /// What is left of the series, one after another.
    public var cuts: [Cut]

    public init(_ function: Function, by groups: [Field] = [], cuts: [Cut] = []) {
        self.function = function
        self.groups = groups
        self.cuts = cuts
    }

    public enum Function: Sendable, Hashable {
        /// Spans a second.
        case rate
        /// Spans.
        case countOverTime
        case minOverTime(Field)
        case maxOverTime(Field)
        case avgOverTime(Field)
        case sumOverTime(Field)
        /// From 0 to 1 each.
        case quantileOverTime(Field, [Double])
        case histogramOverTime(Field)
    }

    /// Keeps the series with the greatest, or the least, values at each step.
    public enum Cut: Sendable, Hashable {
        case top(Int)
        case bottom(Int)
    }
}

extension MetricsStage.Function {
    public var name: String {
        switch self {
        case .rate: "rate"
        case .countOverTime: "count_over_time"
        case .minOverTime: "min_over_time"
        case .maxOverTime: "max_over_time"
        case .avgOverTime: "avg_over_time"
        case .sumOverTime: "sum_over_time"
        case .quantileOverTime: "quantile_over_time"
        case .histogramOverTime: "histogram_over_time"
        }
    }

    /// Whose values it looks at; `nil` where spans are only counted.
    public var field: Field? {
        switch self {
        case .rate, .countOverTime: nil
        case .minOverTime(let field), .maxOverTime(let field), .avgOverTime(let field), .sumOverTime(let field),
            .quantileOverTime(let field, _), .histogramOverTime(let field):
            field
        }
    }
}
