/// Sparing a cluster that fails: when too many of its recent requests failed, further ones are answered 503 at once,
/// until a few probes have shown that it works again. Each worker of the proxy has its own.
///
/// What Envoy calls a circuit breaker is something else: a ceiling on concurrency (`Cluster.maximumRequests`).
public struct FailureRateBreaker: Sendable, Hashable {
    /// It opens when at least this share of the requests in the window failed.
    public var failurePercent: Percentage
    /// With fewer in the window it stays closed.
    public var minimumRequests: Int
    public var windowMilliseconds: Int
    /// How long it stays open before probes are let through.
    public var openMilliseconds: Int
    /// So many probes, one after another, must succeed for it to close; one failure opens it again.
    public var probes: Int

    public init(
        failurePercent: Percentage = Percentage(50), minimumRequests: Int = 20, windowMilliseconds: Int = 10_000,
        openMilliseconds: Int = 5_000, probes: Int = 3
    ) {
        self.failurePercent = failurePercent
        self.minimumRequests = minimumRequests
        self.windowMilliseconds = windowMilliseconds
        self.openMilliseconds = openMilliseconds
        self.probes = probes
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init()
        if let percent = try reader.percentage("failurePercent") {
            guard percent != .none else { throw reader.error("failurePercent", "0 would never let a request pass") }
            failurePercent = percent
        }
        minimumRequests = try reader.integer("minimumRequests", 1...1_000_000) ?? minimumRequests
        windowMilliseconds = try reader.integer("windowMilliseconds", 100...3_600_000) ?? windowMilliseconds
        openMilliseconds = try reader.integer("openMilliseconds", 1...3_600_000) ?? openMilliseconds
        probes = try reader.integer("probes", 1...1_000) ?? probes
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("failurePercent", failurePercent.json)
        writer.add("minimumRequests", minimumRequests)
        writer.add("windowMilliseconds", windowMilliseconds)
        writer.add("openMilliseconds", openMilliseconds)
        writer.add("probes", probes)
        return writer.value
    }
}
