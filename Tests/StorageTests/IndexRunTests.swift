import CSQLite
import Files
import Foundation
import Storage
import Telemetry
import Testing

@Suite struct IndexRunTests {
    private func inputs(_ fixture: SegmentFixture, segments: Int) throws -> [IndexInput] {
        var corpus = SegmentCorpus(seed: SegmentFixture.seed)
        return try (1...segments).map { number in
            let summary = try fixture.write(corpus.batches(spans: 1500, size: 100))
            return IndexInput(
                segmentNumber: UInt64(number * 3), traces: summary.traces, transactions: summary.transactions)
        }
    }

    private func write(_ fixture: SegmentFixture, _ inputs: [IndexInput]) throws -> String {
        let path = fixture.newPath()
        try IndexRun.write(inputs, storeID: fixture.storeID, epoch: 3, path: path, files: fixture.files)
        return path
    }

    private func open(_ fixture: SegmentFixture, _ path: String) throws -> IndexReader {
        try IndexReader(path: path, files: fixture.files, expecting: fixture.storeID)
    }

    @Test func everyTraceAndTransactionIsFound() throws {
        let fixture = try SegmentFixture()
        var inputs = try inputs(fixture, segments: 3)
        // One trace that came in two segments, and an id of two kinds.
        let shared = inputs[0].traces[0]
        inputs[2].traces.append(shared)
        let value = inputs[0].transactions[0].key.value
        inputs[1].transactions.append(
            TransactionEntry(
                key: TransactionKey(kind: "other", value: value), traceID: shared.traceID, rulesRevision: 7))
        let reader = try open(fixture, try write(fixture, inputs))
        #expect(reader.segmentNumbers == [3, 6, 9])
        #expect(reader.epoch == 3)
        for input in inputs {
            for trace in input.traces {
                let hits = try reader.locations(of: trace.traceID)
                #expect(hits.contains(IndexReader.Hit(segmentNumber: input.segmentNumber, location: trace)))
                #expect(hits.count == (trace.traceID == shared.traceID ? 2 : 1))
            }
            for entry in input.transactions {
                #expect(try reader.traces(of: entry.key.value, kind: entry.key.kind).map(\.entry).contains(entry))
                #expect(try reader.traces(of: entry.key.value).map(\.entry).contains(entry))
            }
        }
        #expect(Set(try reader.traces(of: value).map(\.key.kind)).count == 2)
        #expect(try reader.traces(of: value, kind: "other").map(\.rulesRevision) == [7])
        #expect(try reader.traces(of: value, kind: "none").isEmpty)
        #expect(try reader.traces(of: "nothing").isEmpty)
        #expect(try reader.locations(of: TraceID(high: 1, low: 1)).isEmpty)
    }

    @Test func aUUIDAndTheTextOfItsBytesAreDifferentKeys() throws {
        let fixture = try SegmentFixture()
        let trace = TraceID(high: 1, low: 2)
        let values = [
            "41424344-4546-4748-494a-4b4c4d4e4f50", "ABCDEFGHIJKLMNOP", "é", "0",
            "41424344-4546-4748-494A-4B4C4D4E4F50",
        ]
        let entries = values.map {
            TransactionEntry(key: TransactionKey(kind: "k", value: $0), traceID: trace, rulesRevision: 1)
        }
        let input = IndexInput(segmentNumber: .max, traces: [], transactions: entries + entries.reversed())
        let reader = try open(fixture, try write(fixture, [input]))
        for entry in entries { #expect(try reader.traces(of: entry.key.value).map(\.entry) == [entry]) }
        #expect(reader.segmentNumbers == [.max])
    }

    @Test func theFileHasTheTablesOfTheSchemaAndPlainSQLiteReadsIt() throws {
        let fixture = try SegmentFixture()
        let path = try write(fixture, try inputs(fixture, segments: 1))
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Schemas/index.sql")
        let schema = try String(contentsOf: source, encoding: .utf8)
        var handle: OpaquePointer?
        #expect(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, nil) == SQLITE_OK)
        defer { sqlite3_close_v2(handle) }
        #expect(rows(handle, "PRAGMA integrity_check") == ["ok"])
        #expect(rows(handle, "PRAGMA application_id") == [String(0x5742_4958)])
        #expect(rows(handle, "PRAGMA user_version") == ["2"])
        func words(_ sql: String) -> String {
            sql.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("--") }.joined(separator: " ")
                .split { $0 == " " }.joined(separator: " ").replacingOccurrences(of: "( ", with: "(")
                .replacingOccurrences(of: " )", with: ")")
        }
        let expected = words(schema).split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(
            rows(handle, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").map(words)
                == expected.filter { !$0.isEmpty })
    }

    private func rows(_ handle: OpaquePointer?, _ sql: String) -> [String] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { return ["not prepared"] }
        defer { sqlite3_finalize(statement) }
        var rows: [String] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append(sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? "NULL")
        }
        return rows
    }

    @Test func lookUpsFromManyThreadsAgree() async throws {
        let fixture = try SegmentFixture()
        let input = try inputs(fixture, segments: 1)[0]
        let reader = try open(fixture, try write(fixture, [input]))
        let found = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var found = 0
                    for (index, trace) in input.traces.enumerated() where index % 8 == worker {
                        found += try reader.locations(of: trace.traceID).count
                    }
                    return found
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(found == input.traces.count)
    }

    @Test func damageIsAnErrorAndNeverAnotherAnswer() throws {
        let fixture = try SegmentFixture()
        let input = try inputs(fixture, segments: 1)[0]
        let path = try write(fixture, [input])
        let bytes = try fixture.bytes(path)
        var random = SegmentRandom(seed: SegmentFixture.seed)
        var refused = 0
        for _ in 0..<200 * SegmentFixture.soak {
            var damaged = bytes
            let place = random.below(bytes.count)
            damaged[place] ^= 1 << UInt8(random.below(8))
            let copy = try fixture.store(damaged)
            do {
                let reader = try open(fixture, copy)
                for trace in input.traces {
                    #expect(
                        try reader.locations(of: trace.traceID).map(\.location) == [trace],
                        "byte \(place), WAYBILL_SEED=\(SegmentFixture.seed)")
                }
                for entry in input.transactions {
                    #expect(try reader.traces(of: entry.key.value).map(\.entry).contains(entry))
                }
            } catch let error as StoreError {
                refused += 1
                #expect(error.path == copy)
                #expect(error.message.contains("offset"), "\(error)")
            }
            try fixture.files.remove(copy)
        }
        #expect(refused > 0)
        for size in [0, 10, 4096, bytes.count - 1, bytes.count / 2] {
            let torn = try fixture.store(Array(bytes[..<size]))
            #expect(throws: StoreError.self, "\(size) bytes") { try open(fixture, torn) }
        }
        let other = try #require(StoreID([UInt8](repeating: 9, count: 16)))
        #expect(throws: StoreError.self) { try IndexReader(path: path, files: fixture.files, expecting: other) }
    }

    @Test func aFailingDiskReachesTheIndex() throws {
        let fixture = try SegmentFixture()
        let input = try inputs(fixture, segments: 1)[0]
        let failing = FailingFileSystem(fixture.files)
        failing.allow(bytes: 5000)
        #expect(throws: StoreError.self) {
            try IndexRun.write([input], storeID: fixture.storeID, epoch: 1, path: fixture.newPath(), files: failing)
        }
        failing.allow(bytes: nil)
        let path = fixture.newPath()
        try IndexRun.write([input], storeID: fixture.storeID, epoch: 1, path: path, files: failing)
        #expect(failing.count(of: .syncDirectory) == 1)
        #expect(try IndexReader(path: path, files: failing, expecting: fixture.storeID).segmentNumbers == [3])
    }
}
