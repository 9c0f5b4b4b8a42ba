/// Keeping requests from endpoints whose answers are worse than those of the others. Each worker of the proxy judges
/// by the requests that it has sent itself.
public struct OutlierDetection: Sendable, Hashable {
    /// So many 5xx in a row eject an endpoint; never when zero. A failed connection, a reset and a time-out count too.
    public var consecutive5xx: Int
    /// The same for 502, 503, 504, failed connections, resets and time-outs alone; never when zero.
    public var consecutiveGatewayFailures: Int
    /// How often success rates are compared and ejected endpoints are looked at.
    public var intervalMilliseconds: Int
    /// The first ejection of an endpoint; each further one lasts that much longer.
    public var baseEjectionMilliseconds: Int
    public var maximumEjectionMilliseconds: Int
    /// Of the cluster's endpoints; one of several may always be ejected.
    public var maximumEjectionPercent: Percentage
    /// Success rates are compared when so many endpoints have had `successRateRequests` in the interval; never when
    /// zero.
    public var successRateMinimumHosts: Int
    public var successRateRequests: Int
    /// An endpoint is ejected when its success rate is lower than the mean by so many thousandths of a standard
    /// deviation.
    public var successRateDeviationThousandths: Int

    public init(
        consecutive5xx: Int = 5, consecutiveGatewayFailures: Int = 5, intervalMilliseconds: Int = 10_000,
        baseEjectionMilliseconds: Int = 30_000, maximumEjectionMilliseconds: Int = 300_000,
        maximumEjectionPercent: Percentage = Percentage(10), successRateMinimumHosts: Int = 5,
        successRateRequests: Int = 100, successRateDeviationThousandths: Int = 1_900
    ) {
        self.consecutive5xx = consecutive5xx
        self.consecutiveGatewayFailures = consecutiveGatewayFailures
        self.intervalMilliseconds = intervalMilliseconds
        self.baseEjectionMilliseconds = baseEjectionMilliseconds
        self.maximumEjectionMilliseconds = maximumEjectionMilliseconds
        self.maximumEjectionPercent = maximumEjectionPercent
        self.successRateMinimumHosts = successRateMinimumHosts
        self.successRateRequests = successRateRequests
        self.successRateDeviationThousandths = successRateDeviationThousandths
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init()
        consecutive5xx = try reader.integer("consecutive5xx", 0...10_000) ?? consecutive5xx
        consecutiveGatewayFailures =
            try reader.integer("consecutiveGatewayFailures", 0...10_000) ?? consecutiveGatewayFailures
        intervalMilliseconds = try reader.integer("intervalMilliseconds", 100...3_600_000) ?? intervalMilliseconds
        maximumEjectionMilliseconds =
            try reader.integer("maximumEjectionMilliseconds", 1...86_400_000) ?? maximumEjectionMilliseconds
        baseEjectionMilliseconds =
            try reader.integer("baseEjectionMilliseconds", 1...maximumEjectionMilliseconds)
            ?? min(baseEjectionMilliseconds, maximumEjectionMilliseconds)
        maximumEjectionPercent = try reader.percentage("maximumEjectionPercent") ?? maximumEjectionPercent
        successRateMinimumHosts = try reader.integer("successRateMinimumHosts", 0...256) ?? successRateMinimumHosts
        successRateRequests = try reader.integer("successRateRequests", 1...1_000_000) ?? successRateRequests
        successRateDeviationThousandths =
            try reader.integer("successRateDeviationThousandths", 1...100_000) ?? successRateDeviationThousandths
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("consecutive5xx", consecutive5xx)
        writer.add("consecutiveGatewayFailures", consecutiveGatewayFailures)
        writer.add("intervalMilliseconds", intervalMilliseconds)
        writer.add("baseEjectionMilliseconds", baseEjectionMilliseconds)
        writer.add("maximumEjectionMilliseconds", maximumEjectionMilliseconds)
        writer.add("maximumEjectionPercent", maximumEjectionPercent.json)
        writer.add("successRateMinimumHosts", successRateMinimumHosts)
        writer.add("successRateRequests", successRateRequests)
        writer.add("successRateDeviationThousandths", successRateDeviationThousandths)
        return writer.value
    }
}
