import Telemetry

/// One series' value now.
public struct MetricSample: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        /// A counter's total or a gauge's value.
        case number(Double)
        /// One of the two at least. Text formats show the classic one; where there is only a native one, its count and
        /// sum.
        case histogram(classic: ClassicHistogram?, native: NativeHistogram?)
        case summary(QuantileSummary)

        /// Observations by bucket, not cumulative: one more count than bounds.
        public static func histogram(bounds: [Double], counts: [UInt64], sum: Double) -> Value {
            .histogram(classic: ClassicHistogram(bounds: bounds, counts: counts, sum: sum), native: nil)
        }
    }

    public var labels: [MetricLabel]
    public var value: Value
    /// When counting began, Unix nanoseconds; zero where that is not known or means nothing.
    public var startNanoseconds: UInt64
    /// For counters at most one, for histograms any number, each of another bucket.
    public var exemplars: [MetricExemplar]

    public init(
        labels: [MetricLabel], value: Value, startNanoseconds: UInt64 = 0, exemplars: [MetricExemplar] = []
    ) {
        self.labels = labels
        self.value = value
        self.startNanoseconds = startNanoseconds
        self.exemplars = exemplars
    }
}

extension MetricExemplar {
    /// OpenMetrics' bound on all names and values of an exemplar's labels together, in characters.
    public static let maximumCharacters = 128

    /// Whether the exemplar may stand in OpenMetrics.
    public var isSmallEnough: Bool {
        labels.reduce(0) { $0 + $1.name.unicodeScalars.count + $1.value.unicodeScalars.count } <= Self.maximumCharacters
    }
}
