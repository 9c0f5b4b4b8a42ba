import Telemetry

/// `Metric`: a name and its data points, all of one kind.
public struct OTLPMetric: Sendable, Hashable {
    /// Never empty.
    public var name: String
    public var description: String
    /// A UCUM unit, as `By` or `ms`; empty when unknown.
    public var unit: String
    /// Facts about the metric that do not tell its series apart.
    public var metadata: [Attribute]
    public var data: OTLPMetricData

    public init(
        name: String, description: String = "", unit: String = "", metadata: [Attribute] = [], data: OTLPMetricData
    ) {
        self.name = name
        self.description = description
        self.unit = unit
        self.metadata = metadata
        self.data = data
    }
}

/// What the points of a metric are.
public enum OTLPMetricData: Sendable, Hashable {
    /// The last value of something.
    case gauge([OTLPNumberPoint])
    /// Something that adds up; monotonic when it never falls.
    case sum([OTLPNumberPoint], temporality: OTLPTemporality, isMonotonic: Bool)
    case histogram([OTLPHistogramPoint], temporality: OTLPTemporality)
    case exponentialHistogram([OTLPExponentialHistogramPoint], temporality: OTLPTemporality)
    /// Quantiles computed by the sender; cumulative.
    case summary([OTLPSummaryPoint])

    public var pointCount: Int {
        switch self {
        case .gauge(let points), .sum(let points, _, _): points.count
        case .histogram(let points, _): points.count
        case .exponentialHistogram(let points, _): points.count
        case .summary(let points): points.count
        }
    }
}

/// `AggregationTemporality`. Points without one are rejected, as the specification forbids them.
public enum OTLPTemporality: Int32, Sendable, Hashable {
    /// Since the point before.
    case delta = 1
    /// Since the point's start time.
    case cumulative = 2
}
