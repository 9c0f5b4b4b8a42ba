import Files
import Storage
import Telemetry
import Testing

/// Runs whose checksums are right and whose contents are not: errors, never a crash and never without an end.
@Suite struct IndexHostileTests {
    /// Makes the checksums of a run right again, from the layout in `Schemas/index.sql`.
    private func repair(_ bytes: inout [UInt8]) {
        let pages = (bytes.count - 16) / 4100
        let table = pages * 4096
        for page in 0..<pages {
            let crc = SegmentChecksums.crc(bytes[page * 4096..<(page + 1) * 4096])
            bytes.replaceSubrange(table + page * 4..<table + page * 4 + 4, with: crc)
        }
        let end = table + pages * 4 + 4
        bytes.replaceSubrange(end..<end + 4, with: SegmentChecksums.crc(bytes[table..<end]))
    }

    private func exercise(_ fixture: SegmentFixture, _ path: String, _ input: IndexInput) throws {
        let run = try IndexMergeTests.open(fixture, path)
        var failures = 0
        func attempt(_ body: () throws -> Void) throws {
            do { try body() } catch let error as StoreError {
                #expect(error.path == path, "\(error)")
                failures += 1
            }
        }
        let output = fixture.newPath()
        for trace in input.traces.prefix(60) { try attempt { _ = try run.locations(of: trace.traceID) } }
        try attempt { try run.locations(ofSorted: Set(input.traces.map(\.traceID)).sorted()) { _ in } }
        for entry in input.transactions.prefix(60) { try attempt { _ = try run.traces(of: entry.key.value) } }
        try attempt { _ = try run.services() }
        try attempt { _ = try run.operations() }
        try attempt { _ = try run.attributeKeys() }
        for index in 0..<6 { try attempt { _ = try run.attributeValues(key: "key.\(index)") } }
        try attempt {
            _ = try IndexRun.merge(
                [run, run], keeping: { _ in true }, storeID: fixture.storeID, epoch: 1, path: output,
                files: fixture.files, pace: {})
            try IndexMergeTests.open(fixture, output).verify()
        }
        try attempt { try run.verify() }
        if try fixture.files.exists(output) { try fixture.files.remove(output) }
    }

    @Test func hostileRunsWithRightChecksumsAreErrors() throws {
        let fixture = try SegmentFixture()
        var samples = IndexSamples(seed: SegmentFixture.seed)
        let input = samples.input(7, traces: 600, transactions: 600)
        let path = fixture.newPath()
        try IndexRun.write([input], storeID: fixture.storeID, epoch: 1, path: path, files: fixture.files)
        let bytes = try fixture.bytes(path)
        let pages = (bytes.count - 16) / 4100
        var unchanged = bytes
        repair(&unchanged)
        #expect(unchanged == bytes)
        for _ in 0..<250 * SegmentFixture.soak {
            var hostile = bytes
            // Most places that matter are at the start of a page: its header, its pointers.
            let page = samples.random.below(3) == 0 ? samples.random.below(2) : samples.random.below(pages)
            for _ in 0..<1 + samples.random.below(4) {
                let place = samples.random.below(2) == 0 ? samples.random.below(40) : samples.random.below(4096)
                hostile[page * 4096 + place] =
                    samples.random.below(2) == 0
                    ? UInt8(samples.random.below(256)) : [0, 1, 2, 10, 13, 0x7F, 0x80, 0xFF][samples.random.below(8)]
            }
            if samples.random.below(5) == 0 {
                let other = samples.random.below(pages) * 4096
                hostile.replaceSubrange(page * 4096..<(page + 1) * 4096, with: bytes[other..<other + 4096])
            }
            repair(&hostile)
            let copy = try fixture.store(hostile)
            do { try exercise(fixture, copy, input) } catch let error as StoreError {
                #expect(error.path == copy, "\(error) WAYBILL_SEED=\(SegmentFixture.seed)")
            }
            try fixture.files.remove(copy)
        }
    }

    @Test func aRunOfTheFormerVersionIsNamedAsSuch() throws {
        let fixture = try SegmentFixture()
        let path = fixture.newPath()
        try IndexRun.write([], storeID: fixture.storeID, epoch: 1, path: path, files: fixture.files)
        var bytes = try fixture.bytes(path)
        for (version, code) in [(1, StoreError.Code.corrupt), (3, .newerVersion)] {
            bytes[63] = UInt8(version)
            repair(&bytes)
            let copy = try fixture.store(bytes)
            do {
                _ = try IndexMergeTests.open(fixture, copy)
                Issue.record("version \(version) is read")
            } catch let error as StoreError {
                #expect(error.code == code && error.message.contains("version \(version)"), "\(error)")
            }
        }
    }

    @Test func damageFoundByVerifyingNamesThePage() throws {
        let fixture = try SegmentFixture()
        var samples = IndexSamples(seed: SegmentFixture.seed)
        let path = fixture.newPath()
        try IndexRun.write(
            [samples.input(7, traces: 600, transactions: 600)], storeID: fixture.storeID, epoch: 1, path: path,
            files: fixture.files)
        let bytes = try fixture.bytes(path)
        let pages = (bytes.count - 16) / 4100
        for page in 1..<pages {
            var damaged = bytes
            damaged[page * 4096 + samples.random.below(4096)] ^= 1 << UInt8(samples.random.below(8))
            let copy = try fixture.store(damaged)
            do {
                try IndexMergeTests.open(fixture, copy).verify()
                Issue.record("page \(page) is damaged and passes")
            } catch let error as StoreError {
                #expect(error.message.contains("offset \(page * 4096) "), "\(error)")
            }
            try fixture.files.remove(copy)
        }
    }
}
