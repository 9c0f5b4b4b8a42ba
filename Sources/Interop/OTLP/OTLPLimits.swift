/// What one OTLP trace request may hold. A request beyond a limit of the request is refused; a span beyond a limit of
/// a span is rejected alone and counted in the partial success.
/// Sentences about them use the names of the collector's settings (`spanAttributes`, `valueBytes`, …).
public struct OTLPLimits: Sendable, Hashable {
    /// Bytes of the uncompressed request.
    public var maximumBytes: Int
    public var maximumSpans: Int
    /// Attributes of one span, one event, one link, one resource or one scope.
    public var maximumAttributes: Int
    public var maximumEventsPerSpan: Int
    public var maximumLinksPerSpan: Int
    public var maximumKeyBytes: Int
    /// Bytes of one string, byte string, encoded array or map, name, status message or trace state.
    public var maximumValueBytes: Int
    /// Arrays and maps inside one another. Never above `NestedValue.maximumDepth`, the deepest that can be read back.
    public var maximumDepth: Int

    public init(
        maximumBytes: Int = 64 << 20, maximumSpans: Int = 200_000, maximumAttributes: Int = 1024,
        maximumEventsPerSpan: Int = 4096, maximumLinksPerSpan: Int = 4096, maximumKeyBytes: Int = 4096,
        maximumValueBytes: Int = 1 << 20, maximumDepth: Int = 32
    ) {
        self.maximumBytes = maximumBytes
        self.maximumSpans = maximumSpans
        self.maximumAttributes = maximumAttributes
        self.maximumEventsPerSpan = maximumEventsPerSpan
        self.maximumLinksPerSpan = maximumLinksPerSpan
        self.maximumKeyBytes = maximumKeyBytes
        self.maximumValueBytes = maximumValueBytes
        self.maximumDepth = maximumDepth
    }
}
