import Files
import Storage
import Telemetry
import Testing

/// Segments of several row groups, written and read back group by group, as compaction does.
@Suite struct SegmentGroupTests {
    private typealias Part = (batch: SpanBatch, provenance: Provenance)

    private let comment = Comment("WAYBILL_SEED=\(SegmentFixture.seed)")

    private func parts() -> [Part] {
        var corpus = SegmentCorpus(seed: SegmentFixture.seed)
        var random = SegmentRandomSpans(seed: SegmentFixture.seed)
        let odd = (0..<12).map { number in
            (batch: random.batch(spans: 50, traces: 70), provenance: SegmentFixture.provenance(UInt64(900 + number)))
        }
        return corpus.batches(spans: 6000, size: 90) + odd
    }

    private func sum(_ parts: [Part]) -> ContentSum {
        var sum = ContentSum()
        for part in parts { sum += ContentSum(of: part.batch) }
        return sum
    }

    /// Every span of a segment with its provenance.
    private func everything(_ reader: SegmentReader) throws -> [ExactSpan: Provenance] {
        let traces = try reader.traces()
        let (spans, provenances, ofRow) = try reader.read(traces[...])
        #expect(ofRow.count == spans.count)
        return Dictionary(
            uniqueKeysWithValues: ExactSpan.all(spans).enumerated().map { ($1, provenances[Int(ofRow[$0])]) })
    }

    @Test(arguments: [1, 500, 2000, 131_072])
    func groupsChangeNothingOfWhatIsStored(groupSpans: Int) throws {
        let parts = groupSpans == 1 ? Array(parts().suffix(4)) : parts()
        let fixture = try SegmentFixture()
        let whole = try fixture.open(try fixture.write(parts).path)
        let summary = try fixture.write(parts, groupSpans: groupSpans)
        let reader = try fixture.open(summary.path)
        try reader.verify()
        #expect(reader.groups == summary.groups, comment)
        #expect(try everything(reader) == everything(whole), comment)
        #expect(reader.contentSum == whole.contentSum, comment)
        #expect(reader.duplicateCount == whole.duplicateCount, comment)
        #expect(reader.duplicateSum == whole.duplicateSum, comment)
        var total = reader.contentSum
        total += reader.duplicateSum
        #expect(total == sum(parts), comment)
        #expect(try Set(reader.transactions()) == Set(whole.transactions()), comment)
        for group in reader.groups where group.spanCount > groupSpans {
            let (spans, _, _) = try reader.read(
                reader.traces().filter { group.rows.contains(Int($0.firstRow)) }[...])
            #expect(Set(zip(spans.spanID, spans.startNanoseconds).map { "\($0) \($1)" }).count == 1, comment)
        }
        for location in summary.traces.shuffled().prefix(60) {
            let found = try reader.batch(of: location.traceID)
            #expect(
                Set(ExactSpan.all(found.spans)) == Set(ExactSpan.all(try whole.batch(of: location.traceID).spans)),
                comment)
        }
    }

    @Test func tracesStayWholeWhereTheyFit() throws {
        let parts = parts()
        let fixture = try SegmentFixture()
        let reader = try fixture.open(try fixture.write(parts, groupSpans: 2000).path)
        let traces = try reader.traces()
        #expect(Set(traces.map(\.traceID)).count == traces.count)
        #expect(reader.groups.count > 2)
        #expect(reader.groups.allSatisfy { $0.spanCount <= 2000 })
        let (spans, _, _) = try reader.read(traces[...])
        for group in reader.groups {
            let starts = spans.startNanoseconds[group.rows]
            #expect(starts.min() == group.earliestStart && starts.max() == group.latestStart, comment)
            #expect(spans.endNanoseconds[group.rows].max() == group.latestEnd, comment)
        }
    }

    /// What compaction does: several segments into one, trace by trace, each span with where it came from first.
    @Test func segmentsMergeWithTheirProvenanceAndTheirSum() throws {
        let parts = parts()
        let fixture = try SegmentFixture()
        let halves = [Array(parts[..<(parts.count / 2)]), Array(parts[(parts.count / 3)...])]
        let young = try halves.map { try fixture.open(try fixture.write($0).path) }
        var locations: [TraceID: [(Int, TraceLocation)]] = [:]
        for (index, reader) in young.enumerated() {
            for trace in try reader.traces() { locations[trace.traceID, default: []].append((index, trace)) }
        }
        var writer = try SegmentWriter(
            info: fixture.info(9), path: fixture.newPath(), files: fixture.files, rules: .standard, effort: .high)
        var entries: [TraceLocation] = []
        let ids = Array(locations.keys)
        for first in stride(from: 0, to: ids.count, by: 100) {
            var input = SegmentInput(parts: [] as [SegmentPart])
            for id in ids[first..<min(ids.count, first + 100)] {
                for (index, location) in try #require(locations[id]) {
                    let (spans, provenances, ofRow) = try young[index].read([location])
                    input.parts.append(SegmentPart(spans, provenances: provenances, provenanceOfRow: ofRow))
                }
            }
            try writer.append(input)
            entries += writer.takeEntries().traces
        }
        let summary = try writer.finish()
        #expect(summary.traces.isEmpty)
        let reader = try fixture.open(summary.path)
        try reader.verify()
        #expect(try reader.traces() == entries)
        var given = ContentSum()
        for source in young { given += source.contentSum }
        var kept = summary.contentSum
        kept += summary.duplicateSum
        #expect(kept == given, comment)
        #expect(summary.groups.count == (ids.count + 99) / 100)
        #expect(try everything(reader) == everything(young[1]).merging(everything(young[0])) { $1 }, comment)
        #expect(Set(try reader.transactions()) == Set(try young.flatMap { try $0.transactions() }), comment)
    }

    /// A bulk run: one trace that fills many blocks and more than one group.
    @Test func aTraceOfAHundredThousandRowsComesBackWhole() throws {
        let trace = TraceID(high: 3, low: 4)
        var batch = SpanBatch()
        batch.resources.append(ResourceRecord())
        batch.scopes.append(ScopeRecord())
        let shape = batch.shapes.intern([ShapeField(key: batch.strings.intern("item"), type: .int)])
        let name = batch.strings.intern("settle")
        let count = 100_000
        for index in 0..<count {
            var row = SpanRow()
            row.traceID = trace
            row.spanID = SpanID(UInt64(index + 1))
            row.parentSpanID = index == 0 ? .none : SpanID(UInt64(index / 7 + 1))
            row.startNanoseconds = 1_000_000 + UInt64(index) * 50
            row.endNanoseconds = row.startNanoseconds + UInt64(index % 900)
            row.name = name
            row.attributes = AttributeList(shape: shape, start: UInt32(batch.values.count))
            batch.values.append(UInt64(index * 3))
            batch.append(row: row)
        }
        let fixture = try SegmentFixture()
        let reader = try fixture.open(
            try fixture.write([(batch, SegmentFixture.provenance(1))], groupSpans: 60_000).path)
        #expect(reader.groups.map(\.spanCount) == [60_000, 40_000])
        let (found, provenance) = try reader.batch(of: trace)
        #expect(provenance.count == count)
        #expect(found.spanID == batch.spanID && found.parentSpanID == batch.parentSpanID)
        #expect(found.startNanoseconds == batch.startNanoseconds && found.endNanoseconds == batch.endNanoseconds)
        #expect((0..<count).allSatisfy { found.values[Int(found.attributes[$0].start)] == UInt64($0 * 3) })
        try reader.verify()
    }

    @Test func columnCostsAddUpToTheFile() throws {
        let fixture = try SegmentFixture()
        let reader = try fixture.open(try fixture.write(parts(), groupSpans: 2000).path)
        let costs = try reader.columnCosts()
        let total = costs.reduce(0) { $0 + $1.bytes }
        // What is rounded, and the heads of blocks.
        let spare = costs.count + reader.blocks.count * 20
        #expect(abs(total - reader.fileBytes) <= spare, comment)
        #expect(costs.contains { $0.column == "attribute payment.uetr" && $0.bytes > 1000 }, comment)
    }

    @Test func aSegmentWithoutSpansHasNoGroups() throws {
        let fixture = try SegmentFixture()
        let summary = try fixture.write([(SpanBatch(), SegmentFixture.provenance(1))])
        let reader = try fixture.open(summary.path)
        #expect(reader.groups.isEmpty && reader.blocks.isEmpty)
        #expect(try reader.traces().isEmpty)
        try reader.verify()
    }
}
