import Storage
import Telemetry
import Testing

@Suite struct SegmentRoundTripTests {
    /// What is stored of `parts`, each distinct span once with the provenance it came with first.
    private func expected(
        _ parts: [(batch: SpanBatch, provenance: Provenance)]
    ) -> (spans: [TraceID: [ExactSpan: Provenance]], duplicates: Int) {
        var spans: [TraceID: [ExactSpan: Provenance]] = [:]
        var duplicates = 0
        for part in parts {
            for span in ExactSpan.all(part.batch) {
                if spans[span.trace]?[span] != nil {
                    duplicates += 1
                } else {
                    spans[span.trace, default: [:]][span] = part.provenance
                }
            }
        }
        return (spans, duplicates)
    }

    private func check(
        _ parts: [(batch: SpanBatch, provenance: Provenance)], effort: SegmentEffort = .fast, _ comment: Comment
    ) throws {
        let fixture = try SegmentFixture()
        let summary = try fixture.write(parts, effort: effort)
        let (spans, duplicates) = expected(parts)
        #expect(summary.duplicateCount == duplicates, comment)
        #expect(summary.spanCount == spans.values.reduce(0) { $0 + $1.count }, comment)
        #expect(Set(summary.traces.map(\.traceID)) == Set(spans.keys), comment)
        let reader = try fixture.open(summary.path)
        #expect(try reader.traces() == summary.traces, comment)
        #expect(try reader.transactions() == summary.transactions, comment)
        #expect(reader.blocks == summary.blocks, comment)
        for location in summary.traces {
            let byID = try reader.batch(of: location.traceID)
            let byLocation = try reader.batch(of: location.traceID, at: location)
            let rows = ExactSpan.all(byID.spans)
            #expect(rows == ExactSpan.all(byLocation.spans), comment)
            #expect(Dictionary(zip(rows, byID.provenance)) { first, _ in first } == spans[location.traceID], comment)
            #expect(rows.count == Int(location.rowCount), comment)
        }
        try reader.verify()
    }

    @Test(arguments: 0..<12)
    func everyFieldComesBack(round: Int) throws {
        let seed = SegmentFixture.seed &+ UInt64(round)
        for step in 0..<UInt64(SegmentFixture.soak) {
            var random = SegmentRandomSpans(seed: seed &+ step &* 1000)
            let traces = [1, 3, 40][round % 3]
            let parts = (1...UInt64(1 + round)).map { sequence in
                (
                    random.batch(spans: 1 + round * 8, traces: traces),
                    SegmentFixture.provenance(sequence, sender: "s\(sequence % 3)")
                )
            }
            try check(
                parts, effort: round % 2 == 0 ? .fast : .high, "WAYBILL_SEED=\(seed &+ step &* 1000), round \(round)")
        }
    }

    @Test func paymentsComeBack() throws {
        var corpus = SegmentCorpus(seed: SegmentFixture.seed)
        try check(corpus.batches(spans: 12_000, size: 100), "WAYBILL_SEED=\(SegmentFixture.seed)")
        try check(corpus.proxyBatches(spans: 12_000, size: 40), "WAYBILL_SEED=\(SegmentFixture.seed)")
    }

    @Test func nothingAndLittleComeBack() throws {
        try check([], "no batch")
        try check([(SpanBatch(), SegmentFixture.provenance(1))], "an empty batch")
        let span = Span(
            traceID: TraceID(high: 0, low: 1), spanID: SpanID(1), name: "", startNanoseconds: 0, endNanoseconds: 0)
        try check([(SpanBatch([span]), SegmentFixture.provenance(1))], "one bare span")
    }

    @Test func aTraceLargerThanABlockComesBackWhole() throws {
        let trace = TraceID(high: 1, low: 2)
        let spans = (0..<10_000).map { (index: Int) -> Span in
            let parent = SpanID(UInt64(index / 3))
            let start = 1_000_000 + UInt64(index) * 10
            return Span(
                traceID: trace, spanID: SpanID(UInt64(index + 1)), parentSpanID: parent,
                name: "step \(index % 7)", startNanoseconds: start,
                endNanoseconds: 2_000_000 + UInt64(index), attributes: [Attribute("index", .int(Int64(index)))])
        }
        let small = Span(
            traceID: TraceID(high: 0, low: 9), spanID: SpanID(5), name: "other", startNanoseconds: 1_000_001,
            endNanoseconds: 1_000_002)
        let parts = [
            (SpanBatch(spans[..<7000] + [small]), SegmentFixture.provenance(1)),
            (SpanBatch(spans[7000...]), SegmentFixture.provenance(2)),
        ]
        try check(parts, "10,000 spans in one trace")
        let fixture = try SegmentFixture()
        let reader = try fixture.open(try fixture.write(parts).path)
        #expect(reader.blocks.filter { $0.kind == .rows }.count >= 3)
        #expect(try reader.spans(of: trace).map(\.span) == spans)
        #expect(try reader.spans(of: TraceID(high: 7, low: 7)).isEmpty)
    }

    @Test func equalSpansAreStoredOnceAndDifferentOnesAreMarked() throws {
        var corpus = SegmentCorpus(seed: 5)
        let spans = corpus.trace()
        var changed = spans[3]
        changed.endNanoseconds += 1
        // The same spans, in batches that number their strings, resources and shapes differently.
        let parts = [
            (SpanBatch(spans), SegmentFixture.provenance(1)),
            (SpanBatch(spans.reversed() + [changed]), SegmentFixture.provenance(2)),
        ]
        let fixture = try SegmentFixture()
        let summary = try fixture.write(parts)
        #expect(summary.duplicateCount == spans.count)
        #expect(summary.spanCount == spans.count + 1)
        let stored = try fixture.open(summary.path).spans(of: spans[0].traceID)
        #expect(Set(stored.map(\.span)) == Set(spans + [changed]))
        #expect(stored.filter(\.hasConflict).map(\.span.spanID) == [changed.spanID, changed.spanID])
        #expect(stored.filter { $0.provenance.sequence == 2 }.map(\.span) == [changed])
    }

    @Test func contentSumsAddUpHoweverSpansAreCut() throws {
        var corpus = SegmentCorpus(seed: SegmentFixture.seed)
        let parts = corpus.batches(spans: 3000, size: 70)
        func sum(_ summaries: [SegmentSummary]) -> ContentSum {
            var total = ContentSum()
            for summary in summaries { for block in summary.blocks { total += block.contentSum } }
            return total
        }
        let fixture = try SegmentFixture()
        let whole = sum([try fixture.write(parts)])
        let middle = parts.count / 3
        let first = try fixture.write(Array(parts[..<middle]))
        #expect(whole == sum([first, try fixture.write(Array(parts[middle...]))]))
        #expect(whole == sum([try fixture.write(parts + parts.reversed())]))
        #expect(whole != sum([first]))
        var again = ContentSum()
        for part in parts { again += ContentSum(of: part.batch) }
        #expect(whole == again)
    }

    @Test func transactionsAreThoseThatTheRulesFindInEachSpan() throws {
        var corpus = SegmentCorpus(seed: SegmentFixture.seed)
        var random = SegmentRandomSpans(seed: SegmentFixture.seed)
        let parts =
            corpus.batches(spans: 900, size: 70) + [
                (random.batch(spans: 300, traces: 20), SegmentFixture.provenance(1))
            ]
        var expected: Set<TransactionEntry> = []
        for part in parts {
            for row in 0..<part.batch.count {
                let span = part.batch.span(row)
                for key in TransactionRules.standard.keys(of: span) {
                    expected.insert(TransactionEntry(key: key, traceID: span.traceID, rulesRevision: 1))
                }
            }
        }
        let fixture = try SegmentFixture()
        let summary = try fixture.write(parts)
        #expect(Set(summary.transactions) == expected, "WAYBILL_SEED=\(SegmentFixture.seed)")
        #expect(summary.transactions.count == expected.count)
    }

    @Test func aSmallCacheChangesNothing() throws {
        var corpus = SegmentCorpus(seed: 11)
        let fixture = try SegmentFixture()
        let summary = try fixture.write(corpus.batches(spans: 10_000, size: 100))
        let cache = SegmentCache(limitBytes: 300_000)
        let small = try fixture.open(summary.path, cache: cache)
        let large = try fixture.open(summary.path)
        for location in summary.traces {
            #expect(
                try ExactSpan.all(small.batch(of: location.traceID, at: location).spans)
                    == ExactSpan.all(large.batch(of: location.traceID, at: location).spans))
            #expect(cache.bytes <= cache.limitBytes)
        }
    }

    /// Well below the 30 bytes of the budget, without the index run.
    @Test func paymentsTakeFewBytes() throws {
        var corpus = SegmentCorpus(seed: 21)
        let fixture = try SegmentFixture()
        let summary = try fixture.write(corpus.batches(spans: 20_000, size: 100))
        #expect(summary.fileBytes <= summary.spanCount * 24)
    }
}
