/// What a stream listener takes at most, and how long it waits.
public struct StreamLimits: Sendable, Hashable {
    public var maximumConnections = 10_000
    /// Without a byte in either direction; the connection is closed after it.
    public var idleTimeoutMilliseconds = 3_600_000
    /// Before the first bytes that the protocol needs to pick a route: the ClientHello.
    public var helloTimeoutMilliseconds = 5_000
    /// After one side has ended its sending, for the other to end too.
    public var halfClosedTimeoutMilliseconds = 300_000
    /// After the listener has been taken out of the configuration, for its open connections to end by themselves.
    public var drainTimeoutMilliseconds = 600_000
    /// While the proxy shuts down, the listener is gone or certificates change, a connection whose bytes are not
    /// understood ends once it has been silent for so long after a byte of the server's: nobody awaits an answer then.
    public var drainIdleMilliseconds = 5_000

    public init() {}

    init(_ reader: inout ObjectReader) throws(ConfigurationError) {
        maximumConnections = try reader.integer("maximumConnections", 1...1_000_000) ?? maximumConnections
        idleTimeoutMilliseconds =
            try reader.integer("idleTimeoutMilliseconds", 10...86_400_000) ?? idleTimeoutMilliseconds
        helloTimeoutMilliseconds =
            try reader.integer("helloTimeoutMilliseconds", 10...600_000) ?? helloTimeoutMilliseconds
        halfClosedTimeoutMilliseconds =
            try reader.integer("halfClosedTimeoutMilliseconds", 10...86_400_000) ?? halfClosedTimeoutMilliseconds
        drainTimeoutMilliseconds =
            try reader.integer("drainTimeoutMilliseconds", 0...86_400_000) ?? drainTimeoutMilliseconds
        drainIdleMilliseconds =
            try reader.integer("drainIdleMilliseconds", 10...86_400_000) ?? drainIdleMilliseconds
    }

    var json: JSONValue {
        var writer = ObjectWriter()
        writer.add("maximumConnections", maximumConnections)
        writer.add("idleTimeoutMilliseconds", idleTimeoutMilliseconds)
        writer.add("helloTimeoutMilliseconds", helloTimeoutMilliseconds)
        writer.add("halfClosedTimeoutMilliseconds", halfClosedTimeoutMilliseconds)
        writer.add("drainTimeoutMilliseconds", drainTimeoutMilliseconds)
        writer.add("drainIdleMilliseconds", drainIdleMilliseconds)
        return writer.value
    }
}
