import Collector

/// The limits that the collector's file may set: their names, what they bound, and which values make sense.
enum CollectorLimits {
    struct Limit: Sendable {
        var name: String
        /// A few words for `--help`.
        var meaning: String
        var range: ClosedRange<Int>
        var read: @Sendable (CollectorConfiguration.Limits) -> Int
        var write: @Sendable (inout CollectorConfiguration.Limits, Int) -> Void
    }

    static let all: [Limit] = [
        limit("requestBytes", "a request or gRPC message as it arrives", \.requestBytes, 1...1 << 30),
        limit("inflatedBytes", "the same after inflating", \.inflatedBytes, 1...1 << 31),
        limit("requestSeconds", "for a request to be complete", \.requestSeconds, 1...86_400),
        limit("requestSpans", "spans of a request", \.requestSpans, 1...10_000_000),
        limit("spanAttributes", "attributes of a span, event, link, resource or scope", \.spanAttributes, 1...65_536),
        limit("spanEvents", "events of a span", \.spanEvents, 0...1 << 20),
        limit("spanLinks", "links of a span", \.spanLinks, 0...1 << 20),
        limit("keyBytes", "of an attribute's key", \.keyBytes, 1...1 << 20),
        limit("valueBytes", "of a value, name or message", \.valueBytes, 1...64 << 20),
        limit("nestingDepth", "arrays and maps inside one another", \.nestingDepth, 1...32),
        limit("requestPoints", "data points of a metrics request", \.requestPoints, 1...10_000_000),
        limit("pointExemplars", "exemplars of a data point", \.pointExemplars, 0...65_536),
        limit("pointBuckets", "buckets or quantiles of a data point", \.pointBuckets, 1...1 << 20),
        limit("metricBytes", "a metrics request in memory", \.metricBytes, 1 << 16...1 << 34),
        limit("connections", "of all listeners together", \.connections, 1...1 << 20),
        limit("streams", "calls at once on a gRPC connection", \.streams, 1...65_536),
        limit("requestBytesInFlight", "request bodies in memory", \.requestBytesInFlight, 1...Int.max),
        limit("clientBytesInFlight", "the same of one client", \.clientBytesInFlight, 1...Int.max),
        limit("answerBytesInFlight", "answers that clients have not read", \.answerBytesInFlight, 1...Int.max),
        limit("wireBytesInFlight", "wire batches that wait to be durable", \.wireBytesInFlight, 1...Int.max),
        limit("creditBytes", "unacknowledged on one wire session", \.creditBytes, 1 << 16...1 << 30),
        limit("spanMetricSeries", "series by service and operation of spans", \.spanMetricSeries, 1...1_000_000),
        limit("serviceGraphEdges", "edges of the service graph", \.serviceGraphEdges, 1...1_000_000),
        limit(
            "serviceGraphWaitingSpans", "spans that wait for their other half", \.serviceGraphWaitingSpans,
            1...1 << 24),
        limit("reportedSeries", "series that OTLP senders report", \.reportedSeries, 1...1_000_000),
        limit("metricStaleSeconds", "until a series that is not sent ends", \.metricStaleSeconds, 1...86_400),
        limit("liveBytes", "spans not yet sealed", \.liveBytes, 16 << 20...1 << 40),
        limit("sealAfterSpans", "spans of a segment", \.sealAfterSpans, 1...1 << 20),
        limit("sealAfterSeconds", "before a segment is sealed", \.sealAfterSeconds, 1...Int.max),
    ]

    /// Names, meanings and defaults in one sentence.
    static var summary: String {
        let standard = CollectorConfiguration.Limits()
        return all.map { "\($0.name) (\($0.meaning); \($0.read(standard)))" }.joined(separator: ", ")
    }

    /// The defaults, overridden by `section`, overridden by flags.
    static func resolve(
        _ section: [String: Int]?, sealAfterSpans: Int?, sealAfterSeconds: Int?
    ) throws(ConfigurationError) -> CollectorConfiguration.Limits {
        var limits = CollectorConfiguration.Limits()
        var given = section ?? [:]
        if let sealAfterSpans { given["sealAfterSpans"] = sealAfterSpans }
        if let sealAfterSeconds { given["sealAfterSeconds"] = sealAfterSeconds }
        for limit in all {
            guard let value = given[limit.name] else { continue }
            guard value >= limit.range.lowerBound else {
                throw ConfigurationError(
                    "limits.\(limit.name): must be at least \(limit.range.lowerBound), not \(value).")
            }
            guard value <= limit.range.upperBound else {
                throw ConfigurationError(
                    "limits.\(limit.name): must be at most \(limit.range.upperBound), not \(value).")
            }
            limit.write(&limits, value)
        }
        return limits
    }

    private static func limit(
        _ name: String, _ meaning: String, _ path: WritableKeyPath<CollectorConfiguration.Limits, Int> & Sendable,
        _ range: ClosedRange<Int>
    ) -> Limit {
        Limit(name: name, meaning: meaning, range: range, read: { $0[keyPath: path] }) { $0[keyPath: path] = $1 }
    }
}
