import Telemetry

/// Something that is known to be missing, or not known to be whole.
public struct GapRecord: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// These batches never came.
        case missingSequences(ClosedRange<UInt64>)
        /// The exporter said what it dropped.
        case loss(LossRecord)
        /// The exporter went away without closing: whether it had more after this sequence is not known.
        case unknownTail(afterSequence: UInt64)
        /// Stored bytes no longer match their checksum.
        case corruption(file: String, offset: Int, bytes: Int)
    }

    public var kind: Kind
    /// `nil` where the gap is not one exporter's.
    public var session: SessionKey?
    /// The window of the collector's clock in which the missing telemetry would have come, Unix nanoseconds.
    /// An end of `UInt64.max` is still open.
    public var fromNanoseconds: UInt64
    public var toNanoseconds: UInt64

    public init(kind: Kind, session: SessionKey?, fromNanoseconds: UInt64, toNanoseconds: UInt64) {
        self.kind = kind
        self.session = session
        self.fromNanoseconds = fromNanoseconds
        self.toNanoseconds = toNanoseconds
    }
}
