import Telemetry

/// A batch of spans on its way into a segment, and where its rows came from.
package struct SegmentPart: Sendable {
    package var batch: SpanBatch
    package var provenances: [Provenance]
    /// Index into `provenances` for each row of the batch; empty where all rows came with the first.
    package var provenanceOfRow: [UInt32]

    /// A batch as it was received.
    package init(_ batch: SpanBatch, _ provenance: Provenance) {
        self.batch = batch
        provenances = [provenance]
        provenanceOfRow = []
    }

    /// Rows of many batches, as `SegmentReader.read` gives them.
    package init(_ batch: SpanBatch, provenances: [Provenance], provenanceOfRow: [UInt32]) {
        precondition(provenanceOfRow.count == batch.count, "each row of a part has a provenance")
        self.batch = batch
        self.provenances = provenances
        self.provenanceOfRow = provenanceOfRow
    }
}
