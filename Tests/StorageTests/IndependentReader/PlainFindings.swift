import Files
import Storage
import Telemetry
import Testing

/// Writes spans with the product's writer and compares what came in, what the independent reader finds in the file and
/// what the product's reader finds there.
struct PlainFindings {
    typealias Part = (batch: SpanBatch, provenance: Provenance)

    let fixture: SegmentFixture
    let comment: Comment

    init(_ comment: Comment) throws {
        fixture = try SegmentFixture()
        self.comment = comment
    }

    /// `calls` of the writer's `append`, each with its parts.
    @discardableResult
    func check(
        _ calls: [[Part]], effort: SegmentEffort = .fast, groupSpans: Int = SegmentFormat.groupSpans
    ) throws -> PlainSegment {
        let path = fixture.newPath()
        var writer = try SegmentWriter(
            info: fixture.info(7), path: path, files: fixture.files, rules: .standard, effort: effort,
            groupSpans: groupSpans)
        for parts in calls { try writer.append(SegmentInput(parts: parts)) }
        let summary = try writer.finish()
        let segment = try PlainSegment(try fixture.bytes(path))
        let findings = try PlainAudit(segment).findings
        #expect(findings == [], comment)

        let (expected, duplicates, duplicateSum) = PlainFindings.stored(calls)
        #expect(segment.spanCount == expected.reduce(0) { $0 + $1.value }, comment)
        #expect(segment.duplicates == duplicates, comment)
        #expect(segment.duplicateSum == duplicateSum, comment)
        var found: [Stored: Int] = [:]
        for (span, provenance) in zip(segment.spans, segment.provenance) {
            found[Stored(span: span, provenance: provenance), default: 0] += 1
        }
        let missing = expected.filter { found[$0.key] != $0.value }
        #expect(missing.isEmpty, "\(missing.count) spans are not as they were written; \(comment)")
        #expect(found.count == expected.count, comment)
        compareHeader(segment, summary)
        try compareReader(segment, try fixture.open(path))
        compareTransactions(segment, calls)
        return segment
    }

    private struct Stored: Hashable {
        var span: PlainSpan
        var provenance: PlainProvenance
    }

    /// Each distinct span of each call once, with the provenance that was received first.
    private static func stored(_ calls: [[Part]]) -> (stored: [Stored: Int], duplicates: Int, sum: [UInt8]) {
        var stored: [Stored: Int] = [:]
        var duplicates = 0
        var sum = PlainContent.zero
        for parts in calls {
            var first: [PlainSpan: PlainProvenance] = [:]
            for part in parts {
                let provenance = PlainProvenance(part.provenance)
                for span in PlainSpan.all(part.batch) {
                    if let known = first[span] {
                        duplicates += 1
                        sum = PlainContent.sum(sum, PlainContent.hash(span))
                        if !provenance.isBefore(known) { continue }
                    }
                    first[span] = provenance
                }
            }
            for (span, provenance) in first { stored[Stored(span: span, provenance: provenance), default: 0] += 1 }
        }
        return (stored, duplicates, sum)
    }

    private func compareHeader(_ segment: PlainSegment, _ summary: SegmentSummary) {
        #expect(segment.storeID == [UInt8](0..<16), comment)
        #expect(segment.epoch == summary.info.epoch && segment.day == summary.info.day, comment)
        #expect(segment.number == summary.info.segmentNumber, comment)
        #expect(segment.tenant == Array(summary.info.tenant.utf8), comment)
        #expect(segment.retentionClass == Array(summary.info.retentionClass.utf8), comment)
        #expect(segment.refusedTransactions == summary.refusedTransactionIDs, comment)
        #expect(segment.groups.count == summary.groups.count, comment)
    }

    /// The product's reader gives the same spans in the same rows, and values of the same meaning.
    private func compareReader(_ segment: PlainSegment, _ reader: SegmentReader) throws {
        try reader.verify()
        let traces = try reader.traces()
        let mine = segment.groups.flatMap(\.traces)
        #expect(traces.map { PlainSpan.bytes($0.traceID) } == mine.map(\.id), comment)
        #expect(traces.map { Int($0.firstRow) } == mine.map(\.rows.lowerBound), comment)
        #expect(traces.map { Int($0.rowCount) } == mine.map(\.rows.count), comment)
        let (batch, provenances, ofRow) = try reader.read(traces[...])
        let spans = segment.spans
        let isEqual = PlainSpan.all(batch) == spans
        #expect(isEqual, "the two readers differ; \(comment)")
        #expect(ofRow.map { PlainProvenance(provenances[Int($0)]) } == segment.provenance, comment)
        for row in stride(from: 0, to: min(batch.count, spans.count), by: 7) {
            let span = batch.span(row)
            #expect(try PlainMeaning.isSame(spans[row].attributes, span.attributes), comment)
            for (event, its) in zip(span.events, spans[row].events) {
                #expect(try PlainMeaning.isSame(its.attributes, event.attributes), comment)
            }
            for (link, its) in zip(span.links, spans[row].links) {
                #expect(try PlainMeaning.isSame(its.attributes, link.attributes), comment)
            }
        }
    }

    private func compareTransactions(_ segment: PlainSegment, _ calls: [[Part]]) {
        var expected: Set<PlainTransaction> = []
        for part in calls.joined() {
            for row in 0..<part.batch.count {
                let span = part.batch.span(row)
                for key in TransactionRules.standard.keys(of: span) {
                    expected.insert(
                        PlainTransaction(
                            kind: Array(key.kind.utf8), value: Array(key.value.utf8),
                            traceID: PlainSpan.bytes(span.traceID), rulesRevision: 1))
                }
            }
        }
        let found = segment.groups.flatMap(\.transactions)
        #expect(Set(found) == expected, comment)
        #expect(segment.groups.allSatisfy { Set($0.transactions).count == $0.transactions.count }, comment)
    }
}
