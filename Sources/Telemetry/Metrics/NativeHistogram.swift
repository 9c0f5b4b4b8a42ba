/// Counts of observations by exponential buckets: Prometheus' native histogram, OpenTelemetry's exponential one.
///
/// Bucket `i` of schema `s` holds what lies in `(base^(i-1), base^i]` with `base = 2^(2^-s)`, as Prometheus numbers
/// them; OpenTelemetry's index is one less.
///
/// Source: https://prometheus.io/docs/specs/native_histograms/.
public struct NativeHistogram: Sendable, Hashable {
    /// Neighbouring buckets, empty ones included.
    public struct Buckets: Sendable, Hashable {
        /// The index of the first.
        public var offset: Int32
        public var counts: [UInt64]

        public init(offset: Int32 = 0, counts: [UInt64] = []) {
            self.offset = offset
            self.counts = counts
        }
    }

    /// What Prometheus takes; finer ones are made coarser.
    public static let schemas: ClosedRange<Int32> = -4...8
    /// Buckets of one sign; where more are needed, the schema is made coarser.
    public static let maximumBuckets = 640

    public var schema: Int32
    public var zeroThreshold: Double
    public var zeroCount: UInt64
    public var count: UInt64
    public var sum: Double
    public var positive: Buckets
    public var negative: Buckets

    public init(
        schema: Int32, zeroThreshold: Double = 0, zeroCount: UInt64 = 0, count: UInt64, sum: Double,
        positive: Buckets = Buckets(), negative: Buckets = Buckets()
    ) {
        self.schema = schema
        self.zeroThreshold = zeroThreshold
        self.zeroCount = zeroCount
        self.count = count
        self.sum = sum
        self.positive = positive
        self.negative = negative
    }

    /// Adds the observations of another, in the coarser of the two schemas, or a coarser one where both together span
    /// too many buckets.
    public mutating func add(_ other: NativeHistogram) {
        var other = other
        var common = min(schema, other.schema)
        reduce(to: common)
        other.reduce(to: common)
        while common > Self.schemas.lowerBound,
            max(positive.span(with: other.positive), negative.span(with: other.negative)) > Self.maximumBuckets
        {
            common -= 1
            reduce(to: common)
            other.reduce(to: common)
        }
        positive.add(other.positive)
        negative.add(other.negative)
        zeroThreshold = max(zeroThreshold, other.zeroThreshold)
        zeroCount = zeroCount.addingSaturating(other.zeroCount)
        count = count.addingSaturating(other.count)
        sum += other.sum
    }

    /// Brings the schema down to `target`: each step joins two neighbouring buckets.
    public mutating func reduce(to target: Int32) {
        guard target < schema else { return }
        let shift = schema - target
        positive = positive.reduced(by: shift)
        negative = negative.reduced(by: shift)
        schema = target
    }
}

extension NativeHistogram.Buckets {
    /// Indices from the first to the last of both.
    func span(with other: Self) -> Int {
        if counts.isEmpty || other.counts.isEmpty { return max(counts.count, other.counts.count) }
        let first = min(Int(offset), Int(other.offset))
        return max(Int(offset) + counts.count, Int(other.offset) + other.counts.count) - first
    }

    mutating func add(_ other: Self) {
        if other.counts.isEmpty { return }
        if counts.isEmpty {
            self = other
            return
        }
        let before = Int(offset) - Int(other.offset)
        if before > 0 {
            counts.insert(contentsOf: repeatElement(0, count: before), at: 0)
            offset = other.offset
        }
        let start = Int(other.offset) - Int(offset)
        let missing = start + other.counts.count - counts.count
        if missing > 0 { counts.append(contentsOf: repeatElement(0, count: missing)) }
        for (index, count) in other.counts.enumerated() {
            counts[start + index] = counts[start + index].addingSaturating(count)
        }
    }

    /// `index` becomes `ceil(index / 2^shift)`: upper bounds stay bounds.
    func reduced(by shift: Int32) -> Self {
        guard !counts.isEmpty else { return Self() }
        func coarser(_ index: Int) -> Int { ((index - 1) >> Int(shift)) + 1 }
        let first = coarser(Int(offset))
        var result = Self(offset: Int32(clamping: first))
        result.counts = [UInt64](repeating: 0, count: coarser(Int(offset) + counts.count - 1) - first + 1)
        for (index, count) in counts.enumerated() {
            let place = coarser(Int(offset) + index) - first
            result.counts[place] = result.counts[place].addingSaturating(count)
        }
        return result
    }
}
