/// What a gRPC server takes at most from one connection.
public struct GRPCLimits: Sendable, Hashable {
    /// A message as it arrives, compressed or not.
    public var maximumMessageBytes = 16 << 20
    /// Calls on their way at once.
    public var maximumStreams = 256
    /// Header fields of a call together, as HPACK counts them (RFC 7541 §4.1).
    public var maximumHeaderBytes = 16 << 10
    /// A call's message must be complete within this time of its headers.
    public var bodyTimeoutMilliseconds = 30_000
    /// From the connection to the client's first frame.
    public var prefaceTimeoutMilliseconds = 10_000
    /// A connection without calls is closed after this time, after a GOAWAY.
    public var idleTimeoutMilliseconds = 600_000
    /// A connection that says nothing is asked with a PING after this time…
    public var keepAliveMilliseconds = 60_000
    /// …and closed when it has not answered after this.
    public var keepAliveTimeoutMilliseconds = 20_000
    /// How long calls may take to end after a GOAWAY.
    public var graceMilliseconds = 10_000
    /// Bytes of one message that may be on their way, unread (RFC 9113 §5.2).
    public var streamWindowBytes = 1 << 20
    /// The same for all messages of a connection.
    public var connectionWindowBytes = 4 << 20
    public var maximumFrameBytes = 256 << 10

    /// The names under which refusals speak of the limits.
    public var messageLimitName = "maximumMessageBytes"
    public var bodyTimeoutName = "bodyTimeoutMilliseconds"

    public init() {}
}
