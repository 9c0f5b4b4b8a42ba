/// Refusing early what could only be answered late: the number of requests under way is held where the latency of what
/// is admitted stays near a target. Each worker of the proxy finds its own limit.
public struct LoadShedding: Sendable, Hashable {
    /// Nine of ten answers of a window must begin within it, or the limit falls by a tenth; when they do and the
    /// limit was reached, it rises by one.
    public var targetMilliseconds: Int
    public var windowMilliseconds: Int
    public var minimumConcurrency: Int
    public var maximumConcurrency: Int
    /// This share of the limit is kept for payment routes.
    public var paymentReservePercent: Percentage

    public init(
        targetMilliseconds: Int, windowMilliseconds: Int = 100, minimumConcurrency: Int = 4,
        maximumConcurrency: Int = 1_024, paymentReservePercent: Percentage = Percentage(10)
    ) {
        self.targetMilliseconds = targetMilliseconds
        self.windowMilliseconds = windowMilliseconds
        self.minimumConcurrency = minimumConcurrency
        self.maximumConcurrency = maximumConcurrency
        self.paymentReservePercent = paymentReservePercent
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        guard let target = try reader.integer("targetMilliseconds", 1...600_000) else {
            throw reader.error("targetMilliseconds", "missing")
        }
        self.init(targetMilliseconds: target)
        windowMilliseconds = try reader.integer("windowMilliseconds", 10...60_000) ?? windowMilliseconds
        maximumConcurrency = try reader.integer("maximumConcurrency", 1...65_536) ?? maximumConcurrency
        minimumConcurrency =
            try reader.integer("minimumConcurrency", 1...maximumConcurrency)
            ?? min(minimumConcurrency, maximumConcurrency)
        paymentReservePercent = try reader.percentage("paymentReservePercent") ?? paymentReservePercent
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("targetMilliseconds", targetMilliseconds)
        writer.add("windowMilliseconds", windowMilliseconds)
        writer.add("minimumConcurrency", minimumConcurrency)
        writer.add("maximumConcurrency", maximumConcurrency)
        writer.add("paymentReservePercent", paymentReservePercent.json)
        return writer.value
    }
}
