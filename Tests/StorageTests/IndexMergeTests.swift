import Files
import Storage
import Telemetry
import Testing

@Suite struct IndexMergeTests {
    /// What an index must answer, in plain dictionaries.
    struct Model {
        struct TransactionID: Hashable {
            var segment: UInt64
            var key: TransactionKey
            var trace: TraceID
        }

        var hits: [TraceID: Set<IndexReader.Hit>] = [:]
        var transactions: [TransactionID: UInt32] = [:]

        mutating func add(_ input: IndexInput) {
            for location in input.traces {
                hits[location.traceID, default: []].insert(
                    IndexReader.Hit(segmentNumber: input.segmentNumber, location: location))
            }
            for entry in input.transactions {
                let id = TransactionID(segment: input.segmentNumber, key: entry.key, trace: entry.traceID)
                transactions[id] = max(transactions[id] ?? 0, entry.rulesRevision)
            }
        }

        mutating func keep(_ isLive: (UInt64) -> Bool) {
            hits = hits.mapValues { $0.filter { isLive($0.segmentNumber) } }.filter { !$0.value.isEmpty }
            transactions = transactions.filter { isLive($0.key.segment) }
        }

        func check(_ run: IndexReader, _ note: String) throws {
            for (trace, expected) in hits {
                let found = try run.locations(of: trace)
                #expect(found.count == expected.count && Set(found) == expected, "trace \(trace) \(note)")
                #expect(found.map(\.segmentNumber) == found.map(\.segmentNumber).sorted())
            }
            var sorted: [IndexReader.Hit] = []
            let ids = (Array(hits.keys) + hits.keys.map { TraceID(high: $0.high, low: $0.low &+ 1) })
            try run.locations(ofSorted: Set(ids).sorted()) { sorted.append($0) }
            #expect(Set(sorted) == Set(hits.values.joined()) && sorted.count == Set(sorted).count, "\(note)")
            for (value, ids) in Dictionary(grouping: transactions.keys, by: \.key.value) {
                let found = try run.traces(of: value)
                let expected = ids.map { id in
                    TransactionHitEntry(
                        segmentNumber: id.segment,
                        entry: TransactionEntry(
                            key: id.key, traceID: id.trace, rulesRevision: transactions[id] ?? 0))
                }
                #expect(found.count == expected.count && Set(found) == Set(expected), "\(value) \(note)")
                for kind in Set(ids.map(\.key.kind)) {
                    #expect(try run.traces(of: value, kind: kind) == found.filter { $0.key.kind == kind })
                }
            }
            #expect(try run.locations(of: TraceID(high: 1, low: 77)).isEmpty)
            #expect(try run.traces(of: "absent").isEmpty)
        }
    }

    static func open(_ fixture: SegmentFixture, _ path: String) throws -> IndexReader {
        try IndexReader(
            path: path, files: fixture.files, expecting: fixture.storeID, cache: RunPageCache(limitBytes: 200_000))
    }

    private func write(_ fixture: SegmentFixture, _ inputs: [IndexInput]) throws -> IndexReader {
        let path = fixture.newPath()
        let bytes = try IndexRun.write(inputs, storeID: fixture.storeID, epoch: 3, path: path, files: fixture.files)
        #expect(try fixture.files.size(of: path) == bytes)
        return try IndexMergeTests.open(fixture, path)
    }

    private func merge(
        _ fixture: SegmentFixture, _ runs: [IndexReader], keeping isLive: (UInt64) -> Bool
    ) throws -> (IndexReader, IndexMergeSummary) {
        let path = fixture.newPath()
        let summary = try IndexRun.merge(
            runs, keeping: isLive, storeID: fixture.storeID, epoch: 4, path: path, files: fixture.files, pace: {})
        #expect(try fixture.files.size(of: path) == summary.bytes)
        return (try IndexMergeTests.open(fixture, path), summary)
    }

    @Test(arguments: 0..<6) func mergedRunsAnswerLikeTheirSegments(round: Int) throws {
        let seed = SegmentFixture.seed &+ UInt64(round)
        let note = "WAYBILL_SEED=\(seed)"
        let fixture = try SegmentFixture()
        var samples = IndexSamples(seed: seed)
        var model = Model()
        var runs: [IndexReader] = []
        var number: UInt64 = 0
        for _ in 0..<1 + samples.random.below(5) {
            let inputs = (0..<samples.random.below(4)).map { _ in
                number += UInt64(1 + samples.random.below(300))
                return samples.input(
                    number, traces: samples.random.below(round == 0 ? 20_000 : 800),
                    transactions: samples.random.below(round == 0 ? 20_000 : 800))
            }
            for input in inputs { model.add(input) }
            runs.append(try write(fixture, inputs))
        }
        // A segment that two runs cover comes once.
        if let twice = runs.first { runs.append(twice) }
        let dead = Set(runs.flatMap(\.segmentNumbers).filter { _ in samples.random.below(3) == 0 })
        let (whole, _) = try merge(fixture, runs, keeping: { _ in true })
        try model.check(whole, note)
        let (live, summary) = try merge(fixture, [whole] + runs, keeping: { !dead.contains($0) })
        model.keep { !dead.contains($0) }
        #expect(live.segmentNumbers == summary.segmentNumbers)
        #expect(summary.segmentNumbers == Set(runs.flatMap(\.segmentNumbers)).subtracting(dead).sorted())
        #expect(live.epoch == 4)
        try model.check(live, note)
        #expect(try IndexSQL.rows(live.path, "PRAGMA integrity_check") == [["ok"]], "\(note)")
        let counts = try IndexSQL.rows(
            live.path, "SELECT (SELECT count(*) FROM traces), (SELECT count(*) FROM transactions)")
        let traces = model.hits.values.reduce(0) { $0 + $1.count }
        #expect(counts == [["\(traces)", "\(model.transactions.count)"]], "\(note)")
        for (trace, expected) in model.hits.prefix(50) {
            let rows = try IndexSQL.rows(
                live.path,
                """
                SELECT s.number FROM traces t JOIN segments s ON s.ordinal = t.segment WHERE t.id = x'\(trace)' \
                ORDER BY s.number
                """)
            #expect(rows == expected.map(\.segmentNumber).sorted().map { ["\($0)"] }, "\(note)")
        }
    }

    @Test func nothingMergesIntoAnEmptyRun() throws {
        let fixture = try SegmentFixture()
        let (none, summary) = try merge(fixture, [], keeping: { _ in true })
        #expect(none.segmentNumbers.isEmpty && summary.segmentNumbers.isEmpty)
        #expect(try none.locations(of: TraceID(high: 1, low: 2)).isEmpty)
        #expect(try none.traces(of: "x").isEmpty)
        #expect(try none.services().entries.isEmpty)
        var samples = IndexSamples(seed: 1)
        let run = try write(fixture, [samples.input(5, traces: 500, transactions: 500)])
        let (dead, _) = try merge(fixture, [none, run], keeping: { _ in false })
        #expect(dead.segmentNumbers.isEmpty)
        for path in [none.path, dead.path] {
            #expect(try IndexSQL.rows(path, "PRAGMA integrity_check") == [["ok"]])
            #expect(try IndexSQL.rows(path, "SELECT * FROM traces").isEmpty)
        }
        let (again, _) = try merge(fixture, [none, dead, run, none], keeping: { _ in true })
        #expect(again.segmentNumbers == [5])
    }

    /// Every way a tree can end: pages that are just full, and those with one row more.
    @Test func treesOfAnySizeAreWhole() throws {
        let fixture = try SegmentFixture()
        for count in Array(0...3) + Array(125...160) + [17_000, 20_500] + Array(290...300) {
            let locations = (0..<count).map {
                TraceLocation(traceID: TraceID(high: 0, low: UInt64($0 * 2)), block: 0, firstRow: 0, rowCount: 1)
            }
            let run = try write(fixture, [IndexInput(segmentNumber: 1, traces: locations, transactions: [])])
            #expect(try IndexSQL.rows(run.path, "PRAGMA integrity_check") == [["ok"]], "\(count) rows")
            var found: [TraceLocation] = []
            let ids = (0..<count * 2 + 2).map { TraceID(high: 0, low: UInt64($0)) }
            try run.locations(ofSorted: ids) { found.append($0.location) }
            #expect(found == locations, "\(count) rows")
            try fixture.files.remove(run.path)
        }
    }

    @Test func aMergeThatIsCancelledThrowsWhatPaceThrew() throws {
        let fixture = try SegmentFixture()
        var samples = IndexSamples(seed: 2)
        let run = try write(fixture, [samples.input(5, traces: 9000, transactions: 9000)])
        var calls = 0
        #expect(throws: StoreError(.closed, "enough")) {
            _ = try IndexRun.merge(
                [run], keeping: { _ in true }, storeID: fixture.storeID, epoch: 1, path: fixture.newPath(),
                files: fixture.files
            ) { () throws(StoreError) in
                calls += 1
                if calls == 3 { throw StoreError(.closed, "enough") }
            }
        }
        #expect(calls == 3)
    }
}
