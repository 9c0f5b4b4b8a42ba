/// What one OTLP metrics request may hold. A request beyond a limit of the request is refused; a point beyond a limit of
/// a point is rejected alone and counted in the partial success.
public struct OTLPMetricsLimits: Sendable, Hashable {
    /// Bytes of the uncompressed request.
    public var maximumBytes: Int
    public var maximumPoints: Int
    /// What the decoded values may take in memory: a few bytes of a request can stand for many of memory.
    public var maximumMemoryBytes: Int
    /// Attributes of one point, exemplar, resource, scope, or of one metric's metadata.
    public var maximumAttributes: Int
    public var maximumExemplarsPerPoint: Int
    /// Buckets of one histogram point; of an exponential one, on each side of zero. Also quantiles of a summary.
    public var maximumBuckets: Int
    public var maximumKeyBytes: Int
    /// Bytes of one string or byte string, a metric's name, unit and description among them.
    public var maximumValueBytes: Int
    /// Arrays and maps inside one another.
    public var maximumDepth: Int

    public init(
        maximumBytes: Int = 64 << 20, maximumPoints: Int = 200_000, maximumMemoryBytes: Int = 256 << 20,
        maximumAttributes: Int = 1024, maximumExemplarsPerPoint: Int = 1024, maximumBuckets: Int = 16_384,
        maximumKeyBytes: Int = 4096, maximumValueBytes: Int = 1 << 20, maximumDepth: Int = 32
    ) {
        self.maximumBytes = maximumBytes
        self.maximumPoints = maximumPoints
        self.maximumMemoryBytes = maximumMemoryBytes
        self.maximumAttributes = maximumAttributes
        self.maximumExemplarsPerPoint = maximumExemplarsPerPoint
        self.maximumBuckets = maximumBuckets
        self.maximumKeyBytes = maximumKeyBytes
        self.maximumValueBytes = maximumValueBytes
        self.maximumDepth = maximumDepth
    }
}
