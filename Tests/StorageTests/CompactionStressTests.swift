import Files
import Foundation
import Storage
import Synchronization
import Telemetry
import Testing

/// Years of life, and queries in the middle of it.
@Suite struct CompactionStressTests {
    private static let isSoak = ProcessInfo.processInfo.environment["WAYBILL_SOAK"] != nil

    private final class Flag: Sendable {
        let value = Atomic<Bool>(false)
    }

    /// Whoever asks while files are exchanged gets the whole answer.
    @Test func queriesSeeOneStateWhileFilesAreExchanged() async throws {
        let rounds: UInt64 = Self.isSoak ? 400 : 40
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        // Trace n has n % 7 + 1 spans in as many segments, from before the queries start.
        let traces = 0..<28 as Range<UInt64>
        for piece in 0..<7 as Range<UInt64> {
            let spans = traces.filter { $0 % 7 >= piece }.map {
                StoreSamples.payment(trace: StoreSamples.trace($0), span: $0 << 8 | piece, transaction: "T\($0)")
            }
            try store.appendAndWait(Submission(spans: SpanBatch(spans), provenance: StoreSamples.provenance()))
            try store.seal()
        }
        let isDone = Flag()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<3 as Range<UInt64> {
                group.addTask {
                    var generator = SeededGenerator(seed: StoreSamples.seed &+ worker)
                    var asked = 0
                    while !isDone.value.load(ordering: .relaxed) {
                        let number = UInt64.random(in: traces, using: &generator)
                        let spans = try store.trace(StoreSamples.trace(number))
                        #expect(spans.count == Int(number % 7 + 1), "trace \(number)")
                        #expect(try store.traces(of: "T\(number)").map(\.traceID) == [StoreSamples.trace(number)])
                        asked += 1
                        // There may be fewer threads than tasks.
                        await Task.yield()
                    }
                    return asked
                }
            }
            group.addTask {
                defer { isDone.value.store(true, ordering: .relaxed) }
                for round in 1...rounds {
                    // New data each round, so that there is always something to compact and to merge.
                    for part in 0..<3 as Range<UInt64> {
                        let id = 1000 + round * 3 + part
                        try store.appendAndWait(StoreSamples.submission(id, spans: 3, instance: "pod-\(id)"))
                        try store.seal()
                    }
                    let report = try store.maintain(
                        now: StoreSamples.received + 2 * StoreSamples.day, everything: round % 2 == 0)
                    #expect(report.errors == [])
                }
                return 0
            }
            let asked = try await group.reduce(0) { $0 + $1 }
            #expect(asked > 0)
        }
        #expect(store.statistics.upkeep.compactions >= rounds)
        #expect(store.statistics.damagedSegments == 0)
        try store.close()
        try StoreSnapshot.read(directory: "/data", files: disk).expectFiles(disk, "/data", "")
    }

    /// The store's own thread does the same beside ingest.
    @Test func theBackgroundThreadKeepsTheStoreInShape() throws {
        let disk = SimulatedFileSystem()
        var configuration = StoreLife.configuration(RetentionRules())
        configuration.backgroundUpkeep = true
        configuration.upkeepSeconds = 1
        configuration.finalSegmentBytes = 1
        let store = try Store.open(directory: "/data", configuration: configuration, files: disk)
        for sequence in 1...6 as ClosedRange<UInt64> {
            try store.appendAndWait(StoreSamples.submission(sequence, spans: 3))
            try store.seal()
        }
        // It comes by itself; how long that takes is no matter.
        while store.statistics.upkeep.passes == 0 || store.statistics.youngSegments > 0 { usleep(10_000) }
        for sequence in 1...6 as ClosedRange<UInt64> {
            #expect(try store.trace(StoreSamples.trace(sequence)).count == 3)
        }
        try store.close()
    }

    @Test func yearsOfDaysStayFewFiles() throws {
        let days: UInt64 = Self.isSoak ? 3650 : 450
        let disk = SimulatedFileSystem()
        var store = try Store.open(
            directory: "/data", configuration: StoreLife.configuration(RetentionRules()), files: disk)
        var mostRuns = 0
        for day in 0..<days {
            for part in 0..<2 as Range<UInt64> {
                let trace = StoreSamples.trace(day << 4 | part)
                let span = StoreSamples.payment(trace: trace, span: day << 8 | part, transaction: "D\(day)")
                try store.appendAndWait(
                    Submission(
                        spans: SpanBatch([span]),
                        provenance: StoreSamples.provenance(at: StoreSamples.received + day * StoreSamples.day + part)))
                try store.seal()
            }
            let report = try store.maintain(now: StoreSamples.received + day * StoreSamples.day + 7_200_000_000_000)
            #expect(report.errors == [])
            mostRuns = max(mostRuns, store.statistics.indexRuns)
        }
        try store.maintain(now: StoreSamples.received + (days + 1) * StoreSamples.day)
        let statistics = store.statistics
        #expect(statistics.segments == Int(days) && statistics.youngSegments == 0)
        #expect(mostRuns <= 16)
        let snapshot = try StoreSnapshot.read(directory: "/data", files: disk)
        try snapshot.expectFiles(disk, "/data", "")
        #expect(try disk.list("/data/manifest").count == 1)
        try store.close()
        // No segment is opened to open the store: the manifest, its successor, the identity, the log.
        let counting = CountingFileSystem(disk)
        store = try Store.open(
            directory: "/data", configuration: StoreLife.configuration(RetentionRules()), files: counting)
        #expect(counting.openedEver <= 8)
        for day in [0, days / 2, days - 1] {
            #expect(try store.trace(StoreSamples.trace(day << 4 | 1)).count == 1)
            #expect(try store.traces(of: "D\(day)").count == 2)
        }
        #expect(counting.mostOpen <= 8 + statistics.indexRuns + 3)
        try store.close()
    }
}
