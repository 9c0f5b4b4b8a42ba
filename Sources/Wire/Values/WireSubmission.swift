import Telemetry

/// One decoded frame that carries a sequence: what is acknowledged as a whole.
public struct WireSubmission: Sendable {
    public enum Content: Sendable {
        case spans(SpanBatch)
        case metrics(MetricBatch)
        /// At least one.
        case losses([LossRecord])
    }

    public var sequence: UInt64
    public var content: Content
    /// Bytes the frame had on the wire, header included.
    public var wireBytes: Int

    /// An upper estimate of the memory the content holds, in bytes.
    public var memoryBytes: Int {
        switch content {
        case .spans(let batch): batch.memoryBytes
        case .metrics(let batch):
            batch.series.reduce(0) { $0 + MetricCoding.memoryBytes($1) }
                + batch.points.reduce(0) { $0 + MetricCoding.memoryBytes($1) }
        case .losses(let records): records.count * 56
        }
    }

    public init(sequence: UInt64, content: Content, wireBytes: Int = 0) {
        self.sequence = sequence
        self.content = content
        self.wireBytes = wireBytes
    }
}
