/// What a listener takes at most from one client.
public struct RequestLimits: Sendable, Hashable {
    public var maximumConnections = 10_000
    /// Connections of one address at a time, on all workers together; any number when nil. All callers behind one
    /// translated address count as one.
    public var maximumConnectionsPerPeer: Int?
    /// Request line and header fields together.
    public var maximumHeaderBytes = 65_536
    public var maximumHeaderCount = 100
    public var maximumURIBytes = 8_192
    /// From the first byte of a request to the end of its header; of a new connection too, its TLS handshake included.
    public var headerTimeoutMilliseconds = 10_000
    /// Between requests on a kept connection.
    public var idleTimeoutMilliseconds = 60_000
    /// What a client must send of a body in each 5 s in which the service takes it, on average; nothing when zero. Not for
    /// routes whose requests stream now and then.
    public var minimumBodyBytesPerSecond = 0
    /// Longer bodies are refused with 413.
    public var maximumBodyBytes = 1 << 30

    /// Requests at a time on one HTTP/2 connection; those beyond are refused, and clients wait.
    public var maximumConcurrentStreams = 100

    public init() {}

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        maximumConnections = try reader.integer("maximumConnections", 1...1_000_000) ?? maximumConnections
        maximumConnectionsPerPeer = try reader.integer("maximumConnectionsPerPeer", 1...1_000_000)
        maximumHeaderBytes = try reader.integer("maximumHeaderBytes", 1_024...81_920) ?? maximumHeaderBytes
        maximumHeaderCount = try reader.integer("maximumHeaderCount", 8...1_000) ?? maximumHeaderCount
        maximumURIBytes = try reader.integer("maximumURIBytes", 64...65_536) ?? maximumURIBytes
        headerTimeoutMilliseconds =
            try reader.integer("headerTimeoutMilliseconds", 10...600_000) ?? headerTimeoutMilliseconds
        idleTimeoutMilliseconds =
            try reader.integer("idleTimeoutMilliseconds", 10...86_400_000) ?? idleTimeoutMilliseconds
        minimumBodyBytesPerSecond =
            try reader.integer("minimumBodyBytesPerSecond", 0...(1 << 30)) ?? minimumBodyBytesPerSecond
        maximumBodyBytes = try reader.integer("maximumBodyBytes", 0...(1 << 40)) ?? maximumBodyBytes
        maximumConcurrentStreams =
            try reader.integer("maximumConcurrentStreams", 1...10_000) ?? maximumConcurrentStreams
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("maximumConnections", maximumConnections)
        writer.add("maximumConnectionsPerPeer", maximumConnectionsPerPeer)
        writer.add("maximumHeaderBytes", maximumHeaderBytes)
        writer.add("maximumHeaderCount", maximumHeaderCount)
        writer.add("maximumURIBytes", maximumURIBytes)
        writer.add("headerTimeoutMilliseconds", headerTimeoutMilliseconds)
        writer.add("idleTimeoutMilliseconds", idleTimeoutMilliseconds)
        writer.add("minimumBodyBytesPerSecond", minimumBodyBytesPerSecond)
        writer.add("maximumBodyBytes", maximumBodyBytes)
        writer.add("maximumConcurrentStreams", maximumConcurrentStreams)
        return writer.value
    }
}
