/// What an exporter had to drop, in its own words: nothing is dropped in silence.
public struct LossRecord: Sendable, Hashable {
    public var reason: LossReason
    public var batches: UInt64
    public var spans: UInt64
    public var metricPoints: UInt64
    /// The earliest start and the latest end among what was dropped, Unix nanoseconds of the exporter's clock.
    public var firstNanoseconds: UInt64
    public var lastNanoseconds: UInt64

    public init(
        reason: LossReason, batches: UInt64, spans: UInt64, metricPoints: UInt64 = 0, firstNanoseconds: UInt64,
        lastNanoseconds: UInt64
    ) {
        self.reason = reason
        self.batches = batches
        self.spans = spans
        self.metricPoints = metricPoints
        self.firstNanoseconds = firstNanoseconds
        self.lastNanoseconds = lastNanoseconds
    }

    /// Adds what `other` counts.
    public mutating func merge(_ other: LossRecord) {
        batches &+= other.batches
        spans &+= other.spans
        metricPoints &+= other.metricPoints
        firstNanoseconds = min(firstNanoseconds, other.firstNanoseconds)
        lastNanoseconds = max(lastNanoseconds, other.lastNanoseconds)
    }
}

/// Why something was dropped; codes this version does not know are kept as they came.
public struct LossReason: RawRepresentable, Sendable, Hashable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let queueFull = LossReason(rawValue: 1)
    public static let spoolFull = LossReason(rawValue: 2)
    /// The spool could not be written.
    public static let spoolFailed = LossReason(rawValue: 3)
    /// A record of the spool did not survive: its checksum does not fit.
    public static let spoolDamaged = LossReason(rawValue: 4)
    /// The collector refused the batch for good.
    public static let refused = LossReason(rawValue: 5)
    /// The batch is larger than the session's frame limit.
    public static let tooLarge = LossReason(rawValue: 6)

    public var name: String {
        switch self {
        case .queueFull: "queue_full"
        case .spoolFull: "spool_full"
        case .spoolFailed: "spool_failed"
        case .spoolDamaged: "spool_damaged"
        case .refused: "refused"
        case .tooLarge: "too_large"
        default: "reason_\(rawValue)"
        }
    }
}
