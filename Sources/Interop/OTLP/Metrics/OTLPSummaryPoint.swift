import Telemetry

/// `SummaryDataPoint`: quantiles that the sender computed.
public struct OTLPSummaryPoint: Sendable, Hashable {
    public var attributes: [Attribute]
    /// Unix nanoseconds; zero where the sender gave none.
    public var startNanoseconds: UInt64
    public var timeNanoseconds: UInt64
    public var count: UInt64
    public var sum: Double
    public var quantiles: [OTLPQuantile]
    public var flags: OTLPPointFlags

    public init(
        attributes: [Attribute] = [], startNanoseconds: UInt64 = 0, timeNanoseconds: UInt64 = 0, count: UInt64 = 0,
        sum: Double = 0, quantiles: [OTLPQuantile] = [], flags: OTLPPointFlags = []
    ) {
        self.attributes = attributes
        self.startNanoseconds = startNanoseconds
        self.timeNanoseconds = timeNanoseconds
        self.count = count
        self.sum = sum
        self.quantiles = quantiles
        self.flags = flags
    }
}

/// `ValueAtQuantile`: quantile 0 is the minimum, 1 the maximum.
public struct OTLPQuantile: Sendable, Hashable {
    /// In 0...1.
    public var quantile: Double
    public var value: Double

    public init(quantile: Double, value: Double) {
        self.quantile = quantile
        self.value = value
    }
}
