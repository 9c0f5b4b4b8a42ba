/// What a listener takes at most from one client.
public struct RequestLimits: Sendable, Hashable {
    public var maximumConnections = 10_000
    /// Request line and header fields together.
    public var maximumHeaderBytes = 65_536
    public var maximumHeaderCount = 100
    public var maximumURIBytes = 8_192
    /// From the first byte of a request to the end of its header.
    public var headerTimeoutMilliseconds = 10_000
    /// Between requests on a kept connection.
    public var idleTimeoutMilliseconds = 60_000
    /// Longer bodies are refused with 413.
    public var maximumBodyBytes = 1 << 30

    /// Requests at a time on one HTTP/2 connection; those beyond are refused, and clients wait.
    public var maximumConcurrentStreams = 100

    public init() {}

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        maximumConnections = try reader.integer("maximumConnections", 1...1_000_000) ?? maximumConnections
        maximumHeaderBytes = try reader.integer("maximumHeaderBytes", 1_024...81_920) ?? maximumHeaderBytes
        maximumHeaderCount = try reader.integer("maximumHeaderCount", 8...1_000) ?? maximumHeaderCount
        maximumURIBytes = try reader.integer("maximumURIBytes", 64...65_536) ?? maximumURIBytes
        headerTimeoutMilliseconds =
            try reader.integer("headerTimeoutMilliseconds", 10...600_000) ?? headerTimeoutMilliseconds
        idleTimeoutMilliseconds =
            try reader.integer("idleTimeoutMilliseconds", 10...86_400_000) ?? idleTimeoutMilliseconds
        maximumBodyBytes = try reader.integer("maximumBodyBytes", 0...(1 << 40)) ?? maximumBodyBytes
        maximumConcurrentStreams =
            try reader.integer("maximumConcurrentStreams", 1...10_000) ?? maximumConcurrentStreams
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("maximumConnections", maximumConnections)
        writer.add("maximumHeaderBytes", maximumHeaderBytes)
        writer.add("maximumHeaderCount", maximumHeaderCount)
        writer.add("maximumURIBytes", maximumURIBytes)
        writer.add("headerTimeoutMilliseconds", headerTimeoutMilliseconds)
        writer.add("idleTimeoutMilliseconds", idleTimeoutMilliseconds)
        writer.add("maximumBodyBytes", maximumBodyBytes)
        writer.add("maximumConcurrentStreams", maximumConcurrentStreams)
        return writer.value
    }
}
