import Telemetry

/// A frozen set of batches, in the order in which they were received: what becomes one segment.
package struct SegmentInput: Sendable {
    package var parts: [(batch: SpanBatch, provenance: Provenance)]

    package init(parts: [(batch: SpanBatch, provenance: Provenance)]) { self.parts = parts }
}
