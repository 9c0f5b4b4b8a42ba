/// Counts of observations by upper bound.
public struct ClassicHistogram: Sendable, Hashable {
    /// Ascending; the last bucket, up to infinity, is implied.
    public var bounds: [Double]
    /// Not cumulative; one more than bounds.
    public var counts: [UInt64]
    /// NaN where the sender keeps no sum.
    public var sum: Double

    public init(bounds: [Double], counts: [UInt64], sum: Double) {
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }

    /// All observations.
    public var count: UInt64 { counts.reduce(0) { $0.addingSaturating($1) } }

    /// Adds counts under the same bounds; `false`, and nothing added, under others.
    public mutating func add(_ other: ClassicHistogram) -> Bool {
        guard bounds == other.bounds, counts.count == other.counts.count else { return false }
        for index in counts.indices { counts[index] = counts[index].addingSaturating(other.counts[index]) }
        sum += other.sum
        return true
    }
}

/// Quantiles that the sender computed.
public struct QuantileSummary: Sendable, Hashable {
    public struct Quantile: Sendable, Hashable {
        /// Between 0 and 1.
        public var quantile: Double
        public var value: Double

        public init(quantile: Double, value: Double) {
            self.quantile = quantile
            self.value = value
        }
    }

    public var quantiles: [Quantile]
    public var count: UInt64
    public var sum: Double

    public init(quantiles: [Quantile], count: UInt64, sum: Double) {
        self.quantiles = quantiles
        self.count = count
        self.sum = sum
    }
}

/// One observation that stands for many: where to look closer.
public struct MetricExemplar: Sendable, Hashable {
    /// `trace_id`, `span_id`, a transaction's id.
    public var labels: [MetricLabel]
    public var value: Double
    /// Unix nanoseconds.
    public var timeNanoseconds: UInt64

    public init(labels: [MetricLabel], value: Double, timeNanoseconds: UInt64) {
        self.labels = labels
        self.value = value
        self.timeNanoseconds = timeNanoseconds
    }
}

extension UInt64 {
    /// The sum, or the largest number there is.
    @inlinable
    public func addingSaturating(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
