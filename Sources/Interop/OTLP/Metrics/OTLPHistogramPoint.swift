import Telemetry

/// `HistogramDataPoint`: observations counted between explicit bounds.
public struct OTLPHistogramPoint: Sendable, Hashable {
    public var attributes: [Attribute]
    /// Unix nanoseconds; zero where the sender gave none.
    public var startNanoseconds: UInt64
    public var timeNanoseconds: UInt64
    public var count: UInt64
    public var sum: Double?
    public var min: Double?
    public var max: Double?
    /// One more than `bounds`, not cumulative; both empty when only count and sum are known.
    public var bucketCounts: [UInt64]
    /// Upper bounds, inclusive, strictly ascending, none of them NaN. The last bucket's bound is infinity.
    public var bounds: [Double]
    public var exemplars: [OTLPExemplar]
    public var flags: OTLPPointFlags

    public init(
        attributes: [Attribute] = [], startNanoseconds: UInt64 = 0, timeNanoseconds: UInt64 = 0, count: UInt64 = 0,
        sum: Double? = nil, min: Double? = nil, max: Double? = nil, bucketCounts: [UInt64] = [],
        bounds: [Double] = [], exemplars: [OTLPExemplar] = [], flags: OTLPPointFlags = []
    ) {
        self.attributes = attributes
        self.startNanoseconds = startNanoseconds
        self.timeNanoseconds = timeNanoseconds
        self.count = count
        self.sum = sum
        self.min = min
        self.max = max
        self.bucketCounts = bucketCounts
        self.bounds = bounds
        self.exemplars = exemplars
        self.flags = flags
    }
}
