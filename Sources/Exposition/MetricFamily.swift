import Telemetry

/// All series of one name, as they are exposed: cumulative since each series began.
public struct MetricFamily: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case counter
        case gauge
        case histogram
    }

    public var name: String
    public var help: String
    public var kind: Kind
    public var samples: [MetricSample]

    public init(name: String, help: String, kind: Kind, samples: [MetricSample] = []) {
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples
    }
}

/// One series' value now.
public struct MetricSample: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        /// A counter's total or a gauge's value.
        case number(Double)
        /// Observations by bucket, not cumulative: one more count than bounds.
        case histogram(bounds: [Double], counts: [UInt64], sum: Double)
    }

    public var labels: [MetricLabel]
    public var value: Value

    public init(labels: [MetricLabel], value: Value) {
        self.labels = labels
        self.value = value
    }
}
