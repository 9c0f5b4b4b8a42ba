/// Bounds on what a receiver takes from one connection. The most that a connection can make the receiver hold:
///
/// - its dictionaries, and what decoding them takes;
/// - about three times `maximumFrameBytes`: what is received, one frame decompressed, and the socket's reads;
/// - decoded batches that the delegate has not answered: fewer than `maximumPendingDecodedBytes` and one more batch of
///   at most `maximumDecodedBytes`.
///
/// Credits count bytes on the wire, of which a few may stand for very many in memory, and so bound none of these.
public struct WireLimits: Sendable, Hashable {
    /// Bytes of a frame's payload, before and after decompression.
    public var maximumFrameBytes = 4 << 20
    public var maximumSpansPerBatch = 65_536
    /// Attribute payloads of all spans, events and links of a batch together.
    public var maximumValuesPerBatch = 1 << 20
    /// Bytes of the strings that come with a batch and live as long as it.
    public var maximumStringBytesPerBatch = 8 << 20
    public var maximumEventsPerBatch = 131_072
    public var maximumLinksPerBatch = 65_536
    /// What one batch may take once it is decoded, as `WireSubmission.memoryBytes` counts. The bounds on its parts,
    /// which are checked before room is made for them, never let more than about twice as much be allocated.
    public var maximumDecodedBytes = 32 << 20
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
    /// A receiver that has stopped reading sends a PING after this long without a frame of its own.
    public var signOfLifeSeconds = 5
    /// Frames handed over and not answered; beyond it nothing more is read from the connection.
    public var maximumPendingSubmissions = 1_024

    /// Decoded bytes handed over and not answered; from there on nothing more is read from the connection.
    public var maximumPendingDecodedBytes = 8 << 20

    public init() {}

    /// The same, with the bounds on a batch's parts lowered to what `maximumDecodedBytes` has room for.
    var consistent: WireLimits {
        var limits = self
        let quarter = maximumDecodedBytes / 4
        limits.maximumSpansPerBatch = min(maximumSpansPerBatch, max(1, quarter / 112))
        limits.maximumValuesPerBatch = min(maximumValuesPerBatch, quarter / 8)
        limits.maximumStringBytesPerBatch = min(maximumStringBytesPerBatch, quarter)
        limits.maximumEventsPerBatch = min(maximumEventsPerBatch, quarter / 2 / 32)
        limits.maximumLinksPerBatch = min(maximumLinksPerBatch, quarter / 2 / 48)
        return limits
    }
}
