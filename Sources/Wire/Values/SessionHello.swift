/// Who an exporter says it is when it opens a session (frame HELLO).
public struct SessionHello: Sendable, Hashable {
    /// The exporter's own name for its instance (host, pod, process): 1 to 256 bytes of UTF-8.
    public var instance: String
    /// Random, made at each start of an exporter; never zero.
    public var incarnation: UInt64
    /// Every lower sequence has been acknowledged to this exporter (by this store or one before it).
    public var firstUnacknowledged: UInt64
    /// The store's epoch that the exporter saw last; zero when it has seen none.
    public var lastEpoch: UInt64
    public var capabilities: WireCapabilities

    public init(
        instance: String, incarnation: UInt64, firstUnacknowledged: UInt64 = 1, lastEpoch: UInt64 = 0,
        capabilities: WireCapabilities = .supported
    ) {
        self.instance = instance
        self.incarnation = incarnation
        self.firstUnacknowledged = firstUnacknowledged
        self.lastEpoch = lastEpoch
        self.capabilities = capabilities
    }
}

/// What one end of a session understands beyond the least that a version asks for; unknown bits are ignored.
public struct WireCapabilities: OptionSet, Sendable, Hashable {
    public var rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Frame payloads compressed by LZ4.
    public static let lz4 = WireCapabilities(rawValue: 1 << 0)
    public static let metrics = WireCapabilities(rawValue: 1 << 1)
    public static let supported: WireCapabilities = [.lz4, .metrics]
}
