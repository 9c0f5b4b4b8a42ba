import Telemetry

/// One series of a metrics query.
public struct MetricsSeries: Sendable, Hashable {
    /// What it is told apart by: the fields of `by(…)` as they are written, `__name__` where there are none, `p` for a
    /// quantile, `__bucket` for the upper bound of a histogram's bucket.
    public var labels: [Attribute]
    /// In the order of time; durations in seconds. A point without spans has a sample where they are counted, and none
    /// where there is nothing to say.
    public var samples: [Sample]
    public var exemplars: [Exemplar]

    public struct Sample: Sendable, Hashable {
        /// Unix nanoseconds.
        public var timeNanoseconds: UInt64
        public var value: Double

        public init(timeNanoseconds: UInt64, value: Double) {
            self.timeNanoseconds = timeNanoseconds
            self.value = value
        }
    }

    /// A span that was counted.
    public struct Exemplar: Sendable, Hashable {
        public var traceID: TraceID
        public var spanID: SpanID
        /// When it started.
        public var timeNanoseconds: UInt64
        /// Its value where values are looked at; `nil` where spans are only counted.
        public var value: Double?
    }

    public init(labels: [Attribute], samples: [Sample], exemplars: [Exemplar] = []) {
        self.labels = labels
        self.samples = samples
        self.exemplars = exemplars
    }

    /// Labels as text, to put series in order: by value, and those that read the same by type.
    var orderKey: String {
        labels.map { "\($0.key)\u{0}\($0.value.text)\u{0}\($0.value)" }.joined(separator: "\u{1}")
    }
}
