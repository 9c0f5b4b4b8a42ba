/// Series as OpenTelemetry's senders report them, already under Prometheus' names: states and deltas with their own
/// times. What the store keeps of such a report until a later state takes its place.
public struct ReportedMetrics: Sendable, Hashable {
    public var series: [ReportedSeries]
    public var points: [ReportedPoint]

    public init(series: [ReportedSeries] = [], points: [ReportedPoint] = []) {
        self.series = series
        self.points = points
    }
}

/// What a reported series is: its name, labels and meaning.
public struct ReportedSeries: Sendable, Hashable {
    public enum Kind: UInt8, Sendable, Hashable {
        case counter = 0
        case gauge = 1
        /// Counts by explicit bounds.
        case histogram = 2
        /// Counts by exponential buckets.
        case nativeHistogram = 3
        case summary = 4
    }

    /// Prometheus naming: `[a-zA-Z_:][a-zA-Z0-9_:]*`, unit as suffix, counters end in `_total`.
    public var name: String
    public var help: String
    /// As it stands in the name: `seconds`, `bytes_per_second`; empty for none.
    public var unit: String
    public var kind: Kind
    /// Sorted by name, `job` and `instance` among them.
    public var labels: [MetricLabel]

    public init(name: String, help: String = "", unit: String = "", kind: Kind, labels: [MetricLabel]) {
        self.name = name
        self.help = help
        self.unit = unit
        self.kind = kind
        self.labels = labels.sorted { $0.name < $1.name }
    }
}

/// One point of a reported series.
public struct ReportedPoint: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        /// The sender has no value any more: the series ends.
        case none
        /// A counter's total or growth, or a gauge's value.
        case number(Double)
        case histogram(ClassicHistogram)
        case native(NativeHistogram)
        case summary(QuantileSummary)
    }

    /// Index into the report's `series`.
    public var series: Int
    /// When counting began, Unix nanoseconds on the sender's clock; zero when unknown.
    public var startNanoseconds: UInt64
    public var timeNanoseconds: UInt64
    /// Whether the value is what was added since the last point; otherwise it is the state at its time.
    public var isDelta: Bool
    public var value: Value
    public var exemplars: [MetricExemplar]

    public init(
        series: Int, startNanoseconds: UInt64 = 0, timeNanoseconds: UInt64, isDelta: Bool = false, value: Value,
        exemplars: [MetricExemplar] = []
    ) {
        self.series = series
        self.startNanoseconds = startNanoseconds
        self.timeNanoseconds = timeNanoseconds
        self.isDelta = isDelta
        self.value = value
        self.exemplars = exemplars
    }
}
