/// What an exporter has done since it started. Counters only grow.
public struct ExporterStatistics: Sendable, Hashable {
    public var acceptedSpans: UInt64 = 0
    public var acceptedBatches: UInt64 = 0
    /// Waiting in memory or in the spool, or sent and not acknowledged by all endpoints.
    public var queuedSpans: UInt64 = 0
    public var queuedBatches: UInt64 = 0
    public var queuedBytes: UInt64 = 0
    public var sentBatches: UInt64 = 0
    public var sentSpans: UInt64 = 0
    public var resentBatches: UInt64 = 0
    public var acknowledgedBatches: UInt64 = 0
    public var acknowledgedSpans: UInt64 = 0
    /// Recorded as lost.
    public var droppedBatches: UInt64 = 0
    public var droppedSpans: UInt64 = 0
    /// Turned away with `Admission.refused`; not counted as dropped.
    public var refusedBatches: UInt64 = 0
    public var refusedByCollector: UInt64 = 0
    public var spooledBatches: UInt64 = 0
    /// Bytes in the spool now.
    public var spoolBytes: UInt64 = 0
    public var spoolErrors: UInt64 = 0
    /// Batches read from the spools of earlier incarnations.
    public var recoveredBatches: UInt64 = 0
    public var bytesOnWire: UInt64 = 0
    public var reconnects: UInt64 = 0
    public var connectedEndpoints: Int = 0
    public var configuredEndpoints: Int = 0
    /// The last reason a session ended or could not start; empty when there was none.
    public var lastError: String = ""

    public var isConnected: Bool { connectedEndpoints > 0 }

    public init() {}
}
