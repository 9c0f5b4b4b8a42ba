import Files
import Storage
import Telemetry
import Testing

@Suite struct SegmentDamageTests {
    private func everything(_ reader: SegmentReader) throws -> [ExactSpan] {
        _ = try reader.transactions()
        _ = try reader.catalog()
        for group in reader.groups.indices {
            _ = try reader.statistics(of: group)
            for part in UInt64(0)..<16 { _ = try reader.mayContain(part << 60, in: group) }
        }
        return try reader.traces().flatMap { try ExactSpan.all(reader.batch(of: $0.traceID, at: $0).spans) }
    }

    @Test func aFlippedBitIsAnErrorAndNeverOtherData() throws {
        var random = SegmentRandom(seed: SegmentFixture.seed)
        var corpus = SegmentCorpus(seed: SegmentFixture.seed)
        let fixture = try SegmentFixture()
        let summary = try fixture.write(corpus.batches(spans: 600, size: 50))
        let bytes = try fixture.bytes(summary.path)
        let expected = try everything(try fixture.open(summary.path))
        var refused = 0
        for _ in 0..<600 * SegmentFixture.soak {
            var damaged = bytes
            let place = random.below(bytes.count)
            damaged[place] ^= 1 << UInt8(random.below(8))
            let path = try fixture.store(damaged)
            do {
                let reader = try fixture.open(path)
                let found = try everything(reader)
                #expect(found == expected, "byte \(place), WAYBILL_SEED=\(SegmentFixture.seed)")
                // A part of a filter that no question touched: reading every byte finds it.
                try reader.verify()
            } catch let error as StoreError {
                refused += 1
                #expect(error.path == path)
                #expect(error.message.contains("offset") || error.message.contains("byte"), "\(error)")
            }
            try fixture.files.remove(path)
        }
        // Every byte is under a checksum.
        #expect(refused == 600 * SegmentFixture.soak)
    }

    /// With checksums made right again, the decoder itself must hold: any answer or error, but no crash.
    @Test func damageBehindAValidChecksumDoesNotCrash() throws {
        var random = SegmentRandom(seed: SegmentFixture.seed)
        let fixture = try SegmentFixture()
        var spans = SegmentRandomSpans(seed: SegmentFixture.seed)
        var corpus = SegmentCorpus(seed: SegmentFixture.seed)
        let parts =
            corpus.batches(spans: 300, size: 50) + [(spans.batch(spans: 100, traces: 9), SegmentFixture.provenance(4))]
        let summary = try fixture.write(parts)
        let bytes = try fixture.bytes(summary.path)
        var refused = 0
        for _ in 0..<1500 * SegmentFixture.soak {
            var damaged = bytes
            for _ in 0...random.below(3) {
                damaged[random.below(bytes.count - 57)] = UInt8(truncatingIfNeeded: random.next())
            }
            SegmentChecksums.repair(&damaged, summary)
            let path = try fixture.store(damaged)
            do {
                let reader = try fixture.open(path)
                _ = try? reader.columnCosts()
                _ = try? reader.verify()
                _ = try? reader.read(reader.traces()[...])
                _ = try everything(reader)
            } catch is StoreError { refused += 1 }
            try fixture.files.remove(path)
        }
        #expect(refused > 0)
    }

    /// The same for columns in all their forms: differences, symbols, ends in common, folded names.
    @Test func damagedColumnsOfEachFormDoNotCrash() throws {
        var random = SegmentRandom(seed: SegmentFixture.seed)
        let fixture = try SegmentFixture()
        var spans: [Span] = []
        for index in 0..<1500 {
            let attributes = SegmentEncodingTests.columns.enumerated().map { number, column in
                Attribute("k\(number)", column.value(index, &random))
            }
            spans.append(
                Span(
                    traceID: TraceID(high: 1, low: UInt64(index / 2 + 1)), spanID: SpanID(UInt64(index + 1)),
                    name: "GET /\(index)", startNanoseconds: UInt64(index) * 1000,
                    endNanoseconds: UInt64(index) * 1003, attributes: attributes))
        }
        let summary = try fixture.write([(SpanBatch(spans), SegmentFixture.provenance(1))])
        let bytes = try fixture.bytes(summary.path)
        let others = summary.blocks.filter { $0.kind != BlockKind.rows }
        var refused = 0
        for round in 0..<150 * SegmentFixture.soak {
            var damaged = bytes
            for _ in 0...random.below(3) {
                // Plans are few bytes and decide most: half of the damage goes there.
                var place = random.below(bytes.count - 57)
                if round % 2 == 0 {
                    let block = others[random.below(others.count)]
                    place = block.offset + random.below(block.length)
                }
                damaged[place] = UInt8(truncatingIfNeeded: random.next())
            }
            SegmentChecksums.repair(&damaged, summary)
            let path = try fixture.store(damaged)
            do {
                let reader = try fixture.open(path)
                let traces = try reader.traces()
                _ = try? reader.read(traces[...])
                for trace in traces.prefix(20) { _ = try reader.batch(of: trace.traceID, at: trace) }
                _ = try reader.catalog()
                _ = try reader.statistics(of: 0)
            } catch is StoreError { refused += 1 }
            try fixture.files.remove(path)
        }
        #expect(refused > 0, "WAYBILL_SEED=\(SegmentFixture.seed)")
    }

    @Test func aTornFileIsRefused() throws {
        var random = SegmentRandom(seed: SegmentFixture.seed)
        var corpus = SegmentCorpus(seed: 3)
        let fixture = try SegmentFixture()
        let bytes = try fixture.bytes(try fixture.write(corpus.batches(spans: 400, size: 50)).path)
        for size in [0, 1, 8, 55, 56, 80, 100, bytes.count - 1] + (0..<60).map({ _ in random.below(bytes.count) }) {
            let path = try fixture.store(Array(bytes[..<size]))
            #expect(throws: StoreError.self, "\(size) bytes") { try fixture.open(path) }
        }
        let longer = try fixture.store(bytes + [0])
        #expect(throws: StoreError.self) { try fixture.open(longer) }
    }

    @Test func whatIsNotThisStoresSegmentIsRefusedWithItsReason() throws {
        var corpus = SegmentCorpus(seed: 3)
        let fixture = try SegmentFixture()
        let summary = try fixture.write(corpus.batches(spans: 50, size: 50))
        let bytes = try fixture.bytes(summary.path)
        func code(_ path: String, _ id: StoreID) -> StoreError.Code? {
            do throws(StoreError) {
                _ = try SegmentReader(path: path, files: fixture.files, expecting: id)
                return nil
            } catch {
                return error.code
            }
        }
        let other = try #require(StoreID([UInt8](repeating: 9, count: 16)))
        #expect(code(summary.path, other) == .notThisStore)
        #expect(code(fixture.path("missing"), fixture.storeID) == .fileSystem)
        #expect(code(try fixture.store([UInt8](repeating: 0x20, count: 5000)), fixture.storeID) == .corrupt)
        var newer = bytes
        newer[8] = 3
        SegmentChecksums.repairStart(&newer)
        #expect(code(try fixture.store(newer), fixture.storeID) == .newerVersion)
    }

    @Test func aFailingDiskIsAnError() throws {
        var corpus = SegmentCorpus(seed: 3)
        let parts = corpus.batches(spans: 200, size: 50)
        let fixture = try SegmentFixture()
        let failing = FailingFileSystem(fixture.files)
        failing.allow(bytes: 1000)
        #expect(throws: StoreError.self) { try fixture.write(parts, files: failing) }
        failing.allow(bytes: nil)
        #expect(try fixture.write(parts, files: failing).spanCount > 0)
        #expect(failing.count(of: .sync) == 1)
        #expect(failing.count(of: .syncDirectory) == 1)
    }
}
