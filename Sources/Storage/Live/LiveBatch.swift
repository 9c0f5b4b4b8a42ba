import Telemetry

/// An acknowledged batch in memory, shared between the live set and the queries that read it.
final class LiveBatch: Sendable {
    let spans: SpanBatch
    let provenance: Provenance
    let memoryBytes: Int

    init(spans: SpanBatch, provenance: Provenance) {
        self.spans = spans
        self.provenance = provenance
        memoryBytes = spans.memoryBytes
    }
}
