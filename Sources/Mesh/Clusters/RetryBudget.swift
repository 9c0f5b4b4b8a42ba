/// How many of a cluster's requests under way may be repetitions, so that retries do not multiply an overload.
public struct RetryBudget: Sendable, Hashable {
    /// Of the requests that are under way or wait.
    public var percent: Percentage
    /// Allowed whatever the share is.
    public var minimumConcurrency: Int

    public init(percent: Percentage = Percentage(20), minimumConcurrency: Int = 3) {
        self.percent = percent
        self.minimumConcurrency = minimumConcurrency
    }

    /// Whether one more repetition may start.
    ///
    /// - Parameters:
    ///   - retries: Repetitions under way, those in their back-off included.
    ///   - requests: All requests under way or waiting.
    public func allows(retries: Int, requests: Int) -> Bool {
        retries < max(minimumConcurrency, percent.part(of: requests))
    }

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        self.init()
        percent = try reader.percentage("percent") ?? percent
        minimumConcurrency = try reader.integer("minimumConcurrency", 0...65_536) ?? minimumConcurrency
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("percent", percent.json)
        writer.add("minimumConcurrency", minimumConcurrency)
        return writer.value
    }
}
