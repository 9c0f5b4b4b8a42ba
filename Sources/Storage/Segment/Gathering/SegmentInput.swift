import Telemetry

/// Spans that become row groups of a segment, in the order in which they were received.
package struct SegmentInput: Sendable {
    package var parts: [SegmentPart]

    package init(parts: [SegmentPart]) { self.parts = parts }

    /// Batches that each came as one.
    @_disfavoredOverload
    package init(parts: [(batch: SpanBatch, provenance: Provenance)]) {
        self.parts = parts.map { SegmentPart($0.batch, $0.provenance) }
    }

    package mutating func append(_ batch: SpanBatch, _ provenance: Provenance) {
        parts.append(SegmentPart(batch, provenance))
    }

    package var spanCount: Int { parts.reduce(0) { $0 + $1.batch.count } }
}
