import Telemetry

/// `ExponentialHistogramDataPoint`: observations counted in buckets whose bounds are powers of `2^(2^-scale)`.
public struct OTLPExponentialHistogramPoint: Sendable, Hashable {
    public var attributes: [Attribute]
    /// Unix nanoseconds; zero where the sender gave none.
    public var startNanoseconds: UInt64
    public var timeNanoseconds: UInt64
    public var count: UInt64
    public var sum: Double?
    public var min: Double?
    public var max: Double?
    /// Any scale the sender chose; one that a reader does not have can be lowered without loss of truth.
    public var scale: Int32
    /// Observations of magnitude `zeroThreshold` or less.
    public var zeroCount: UInt64
    public var zeroThreshold: Double
    public var positive: OTLPExponentialBuckets
    public var negative: OTLPExponentialBuckets
    public var exemplars: [OTLPExemplar]
    public var flags: OTLPPointFlags

    public init(
        attributes: [Attribute] = [], startNanoseconds: UInt64 = 0, timeNanoseconds: UInt64 = 0, count: UInt64 = 0,
        sum: Double? = nil, min: Double? = nil, max: Double? = nil, scale: Int32 = 0, zeroCount: UInt64 = 0,
        zeroThreshold: Double = 0, positive: OTLPExponentialBuckets = OTLPExponentialBuckets(),
        negative: OTLPExponentialBuckets = OTLPExponentialBuckets(), exemplars: [OTLPExemplar] = [],
        flags: OTLPPointFlags = []
    ) {
        self.attributes = attributes
        self.startNanoseconds = startNanoseconds
        self.timeNanoseconds = timeNanoseconds
        self.count = count
        self.sum = sum
        self.min = min
        self.max = max
        self.scale = scale
        self.zeroCount = zeroCount
        self.zeroThreshold = zeroThreshold
        self.positive = positive
        self.negative = negative
        self.exemplars = exemplars
        self.flags = flags
    }
}

/// `ExponentialHistogramDataPoint.Buckets`: bucket `i` counts magnitudes in (base^(offset+i), base^(offset+i+1)].
public struct OTLPExponentialBuckets: Sendable, Hashable {
    /// `offset` plus the number of counts fits in 32 bits.
    public var offset: Int32
    public var counts: [UInt64]

    public init(offset: Int32 = 0, counts: [UInt64] = []) {
        self.offset = offset
        self.counts = counts
    }
}
