/// Bounds on what a receiver takes from one connection. The most that a connection can make the receiver hold is about
/// twice `maximumFrameBytes`, the decoded batches within its credits, and the dictionaries.
public struct WireLimits: Sendable, Hashable {
    /// Bytes of a frame's payload, before and after decompression.
    public var maximumFrameBytes = 4 << 20
    public var maximumSpansPerBatch = 65_536
    /// Attribute payloads of all spans, events and links of a batch together.
    public var maximumValuesPerBatch = 4 << 20
    /// Bytes of the strings that come with a batch and live as long as it.
    public var maximumStringBytesPerBatch = 16 << 20
    public var maximumEventsPerBatch = 262_144
    public var maximumLinksPerBatch = 262_144
    public var maximumMetricPoints = 65_536
    public var maximumHistogramBounds = 512
    public var maximumLabels = 64
    /// Attributes of one span, event, link, resource or scope.
    public var maximumAttributes = 4_096
    public var maximumDictionaryStrings = 65_536
    public var maximumDictionaryBytes = 8 << 20
    public var maximumDictionaryShapes = 16_384
    public var maximumShapeFields = 262_144
    public var maximumLossRecords = 64
    public var handshakeTimeoutSeconds = 10
    /// Without any frame from the exporter; its keepalive sends PING well before.
    public var idleTimeoutSeconds = 120
    /// Frames handed over and not answered; beyond it nothing more is read from the connection.
    public var maximumPendingSubmissions = 1_024

    public init() {}
}
