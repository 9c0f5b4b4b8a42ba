/// What a metric measures and how its points add up.
public enum MetricKind: Sendable, Hashable {
    /// Only grows; points are deltas.
    case counter
    /// A value at a time; the last one holds.
    case gauge
    /// Counts of observations by upper bound; points are deltas. Bounds ascend; the last bucket, up to infinity, is
    /// implied, so there is one more count than bounds.
    case histogram(bounds: [Double])
}

/// One time series: a name, its labels, and what it measures.
public struct MetricSeries: Sendable, Hashable {
    /// Prometheus naming: `[a-zA-Z_:][a-zA-Z0-9_:]*`, unit as suffix, counters end in `_total`.
    public var name: String
    public var help: String
    public var kind: MetricKind
    /// Sorted by name; names match `[a-zA-Z_][a-zA-Z0-9_]*`.
    public var labels: [MetricLabel]

    public init(name: String, help: String, kind: MetricKind, labels: [MetricLabel]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels.sorted { $0.name < $1.name }
    }
}

public struct MetricLabel: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What happened to one series since the last batch.
public enum MetricValue: Sendable, Hashable {
    /// How much a counter grew: finite, not negative.
    case delta(Double)
    /// A gauge's value now.
    case value(Double)
    /// Observations by bucket, not cumulative, and their sum.
    case histogram(counts: [UInt64], sum: Double)
}

public struct MetricPoint: Sendable, Hashable {
    /// Index into the batch's `series`.
    public var series: Int
    public var value: MetricValue

    public init(series: Int, value: MetricValue) {
        self.series = series
        self.value = value
    }
}

/// Points of one interval from one exporter.
public struct MetricBatch: Sendable, Hashable {
    public var series: [MetricSeries]
    public var points: [MetricPoint]
    /// The interval, Unix nanoseconds on the exporter's clock.
    public var startNanoseconds: UInt64
    public var endNanoseconds: UInt64

    public init(
        series: [MetricSeries] = [], points: [MetricPoint] = [], startNanoseconds: UInt64 = 0,
        endNanoseconds: UInt64 = 0
    ) {
        self.series = series
        self.points = points
        self.startNanoseconds = startNanoseconds
        self.endNanoseconds = endNanoseconds
    }
}
