import Storage
import Telemetry
import Testing

/// A reader that knows nothing but `Schemas/index.sql` finds in a run what the segments have.
@Suite struct IndependentIndexTests {
    private struct Sources {
        let fixture: SegmentFixture
        var segments: [(number: UInt64, file: PlainSegment, input: IndexInput)] = []

        init() throws { fixture = try SegmentFixture() }

        mutating func add(
            _ number: UInt64, _ parts: [PlainFindings.Part], groupSpans: Int = SegmentFormat.groupSpans
        ) throws {
            let summary = try fixture.write(parts, groupSpans: groupSpans)
            let file = try PlainSegment(try fixture.bytes(summary.path))
            let input = IndexInput(
                segmentNumber: number, traces: summary.traces, transactions: summary.transactions,
                catalog: summary.catalog)
            segments.append((number, file, input))
        }

        func write(_ chosen: [Int]) throws -> String {
            let path = fixture.newPath()
            try IndexRun.write(
                chosen.map { segments[$0].input }, storeID: fixture.storeID, epoch: .max - 1, path: path,
                files: fixture.files)
            return path
        }

        func read(_ path: String) throws -> PlainIndexRun {
            try PlainIndexRun(path: path, try fixture.bytes(path))
        }
    }

    private let comment = Comment("WAYBILL_SEED=\(SegmentFixture.seed)")

    private func sources() throws -> Sources {
        let seed = SegmentFixture.seed
        var sources = try Sources()
        var corpus = SegmentCorpus(seed: seed)
        var samples = PlainSamples(seed: seed, shapes: 30, fields: 10)
        var odd = SegmentRandomSpans(seed: seed)
        try sources.add(3, corpus.batches(spans: 1500, size: 100))
        try sources.add(8, samples.parts(spans: 2500, batch: 100, trace: 9), groupSpans: 700)
        try sources.add(9, [(odd.batch(spans: 400, traces: 50), SegmentFixture.provenance(1))])
        // Traces that lie in several segments, and a number that is negative in SQL.
        try sources.add(
            .max - 3, corpus.proxyBatches(spans: 900, size: 40) + samples.parts(spans: 10, batch: 5, trace: 3))
        try sources.add(.max - 2, [(odd.batch(spans: 90, traces: 50), SegmentFixture.provenance(2))])
        try sources.add(2, [(SpanBatch(samples.trace(9000)), SegmentFixture.provenance(1))])
        return sources
    }

    /// What the run must have, from the segments' files alone.
    private func check(_ run: PlainIndexRun, _ segments: [(number: UInt64, file: PlainSegment, input: IndexInput)]) {
        #expect(run.storeID == [UInt8](0..<16))
        #expect(run.epoch == UInt64.max - 1)
        #expect(run.segments == segments.map(\.number).sorted())
        var places: Set<PlainIndexRun.Place> = []
        var transactions: Set<PlainIndexRun.Transaction> = []
        var catalog = PlainCatalog()
        for (number, file, _) in segments {
            let blocks = file.blocks.filter { $0.kind == .rows }
            for trace in file.groups.flatMap(\.traces) {
                let first = trace.rows.lowerBound
                let block = blocks.firstIndex { $0.firstRow <= first && first < $0.firstRow + $0.rows }
                places.insert(
                    PlainIndexRun.Place(
                        traceID: trace.id, segment: number, firstRow: UInt32(first), rows: UInt32(trace.rows.count),
                        block: UInt32(block ?? -1)))
            }
            for entry in file.groups.flatMap(\.transactions) {
                transactions.insert(
                    PlainIndexRun.Transaction(
                        kind: entry.kind, value: entry.value, traceID: entry.traceID, segment: number,
                        rulesRevision: entry.rulesRevision))
            }
            for group in file.groups { catalog.merge(group.catalog ?? PlainCatalog()) }
        }
        #expect(run.places.count == places.count && Set(run.places) == places, comment)
        #expect(run.transactions.count == transactions.count && Set(run.transactions) == transactions, comment)
        #expect(Set(run.kinds).isSuperset(of: transactions.map(\.kind)), comment)
        #expect(run.catalog.services == catalog.services, comment)
        #expect(run.catalog.operations.allSatisfy { catalog.operations[$0] == $1 }, comment)
        // Only rows that are too long for a page, which hold a little over 1000 bytes of one, are missing.
        let missing = catalog.operations.keys.filter { run.catalog.operations[$0] == nil }
        #expect(missing.allSatisfy { $0.service.count + $0.name.count > 950 }, comment)
        #expect(run.catalog.operations.keys.allSatisfy { $0.service.count + $0.name.count < 1003 }, comment)
        #expect(run.listingsCut == (missing.isEmpty ? 0 : 2), comment)
        #expect(run.catalog.keys == catalog.keys, comment)
        for (value, times) in run.catalog.values {
            #expect(catalog.values[value] == times, comment)
        }
        for value in catalog.values.keys where !run.keysWithMoreValues.contains(value.key) {
            #expect(run.catalog.values[value] != nil, comment)
        }
    }

    @Test func aRunHasWhatItsSegmentsHave() throws {
        let sources = try sources()
        check(try sources.read(try sources.write(Array(sources.segments.indices))), sources.segments)
        check(try sources.read(try sources.write([1])), [sources.segments[1]])
        check(try sources.read(try sources.write([])), [])
    }

    @Test func aMergedRunHasWhatIsLeftOfItsSegments() throws {
        let sources = try sources()
        let files = sources.fixture.files
        let runs = try [[0, 1], [5, 2], [3, 4]].map { chosen in
            try IndexReader(path: try sources.write(chosen), files: files, expecting: sources.fixture.storeID)
        }
        let path = sources.fixture.newPath()
        try _ = IndexRun.merge(
            runs, keeping: { _ in true }, storeID: sources.fixture.storeID, epoch: .max - 1, path: path, files: files,
            pace: {})
        check(try sources.read(path), sources.segments)
        let smaller = sources.fixture.newPath()
        try _ = IndexRun.merge(
            runs, keeping: { $0 != 8 && $0 != 9 }, storeID: sources.fixture.storeID, epoch: .max - 1, path: smaller,
            files: files, pace: {})
        let run = try sources.read(smaller)
        #expect(run.segments == [2, 3, UInt64.max - 3, UInt64.max - 2])
        #expect(Set(run.places.map(\.segment)) == [2, 3, UInt64.max - 3, UInt64.max - 2])
    }
}

extension PlainCatalog {
    fileprivate mutating func merge(_ other: PlainCatalog) {
        services.merge(other.services, uniquingKeysWith: PlainCatalog.both)
        operations.merge(other.operations, uniquingKeysWith: PlainCatalog.both)
        keys.merge(other.keys, uniquingKeysWith: PlainCatalog.both)
        values.merge(other.values, uniquingKeysWith: PlainCatalog.both)
    }

    private static func both(_ one: Times, _ other: Times) -> Times {
        Times(earliest: min(one.earliest, other.earliest), latest: max(one.latest, other.latest))
    }
}
