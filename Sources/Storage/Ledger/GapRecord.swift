import Telemetry

/// Something that is known to be missing, or not known to be whole.
public struct GapRecord: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// These batches never came.
        case missingSequences(ClosedRange<UInt64>)
        /// The exporter said what it dropped.
        case loss(LossRecord)
        /// The exporter went away without closing: whether it had more after this sequence is not known.
        ///
        /// The window starts when the newest of what came was recorded, and not with its receipt: the next life may
        /// deliver what this one left in its spool much later. It ends when the next life of the same principal and
        /// instance was first seen, or an hour after the connection went away, whichever is earlier: an exporter
        /// that lives reconnects within its longest back-off, ten seconds, and then this record is gone; what comes an
        /// hour later is not of a life that went on. For sessions that were open when the collector itself stopped,
        /// the hour runs from its next start, for before that they could not come back. An exporter that does come
        /// back later, with CLOSE in the end, leaves no unknown tail at all.
        case unknownTail(afterSequence: UInt64)
        /// Stored bytes no longer match their checksum.
        case corruption(file: String, offset: Int, bytes: Int)
    }

    /// How long after a connection went away its exporter may still be expected to come back: one hour, far beyond the
    /// longest back-off of ten seconds, so that a slow network or a long pause does not make a tail look whole.
    static let reconnectMarginNanoseconds: UInt64 = 3_600_000_000_000

    public var kind: Kind
    /// `nil` where the gap is not one exporter's.
    public var session: SessionKey?
    /// The window in which the missing telemetry was recorded, give or take the ten seconds that an exporter may hold a
    /// batch open: Unix nanoseconds by the exporter's clock, or by the collector's where that was earlier or nothing
    /// came that tells the exporter's. An end of `UInt64.max` is still open.
    public var fromNanoseconds: UInt64
    public var toNanoseconds: UInt64

    public init(kind: Kind, session: SessionKey?, fromNanoseconds: UInt64, toNanoseconds: UInt64) {
        self.kind = kind
        self.session = session
        self.fromNanoseconds = fromNanoseconds
        self.toNanoseconds = toNanoseconds
    }
}
