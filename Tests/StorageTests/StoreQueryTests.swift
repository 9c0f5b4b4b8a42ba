import Files
import Foundation
import Storage
import Synchronization
import Telemetry
import Testing

/// Kept means findable at once, in one consistent state, within a bound of memory.
@Suite struct StoreQueryTests {
    @Test func aSpanIsVisibleWhenItIsAcknowledged() throws {
        let store = try Store.open(directory: "/data", files: SimulatedFileSystem())
        for sequence in 1...20 as ClosedRange<UInt64> {
            let answer = Answer()
            store.append(StoreSamples.submission(sequence, spans: 2)) { outcome in
                // On the writer thread, at the very moment of the acknowledgement.
                #expect((try? store.trace(StoreSamples.trace(sequence)).count) == 2)
                answer.give(outcome)
            }
            _ = try answer.wait().get()
        }
    }

    @Test func equalSpansOnceConflictsMarked() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", files: disk)
        let trace = StoreSamples.trace(1)
        let span = StoreSamples.payment(trace: trace, span: 5, transaction: "T")
        let other = StoreSamples.payment(trace: trace, span: 5, transaction: "T", name: "different")
        let alone = StoreSamples.payment(trace: trace, span: 6, transaction: "T")
        for (index, spans) in [[span, alone], [span], [other]].enumerated() {
            let provenance = StoreSamples.provenance(at: StoreSamples.received + UInt64(index))
            try store.appendAndWait(Submission(spans: SpanBatch(spans), provenance: provenance))
            // The second and third time the earlier ones are in segments.
            if index < 2 { try store.seal() }
        }
        for _ in 0..<2 {
            let found = try store.trace(trace)
            #expect(Set(found.map(\.span)) == [span, other, alone])
            #expect(found.count == 3)
            #expect(found.filter(\.hasConflict).count == 2)
            #expect(found.first { $0.span == span }?.provenance.receivedNanoseconds == StoreSamples.received)
            #expect(found.first { $0.span == alone }?.hasConflict == false)
            #expect(try store.traces(of: "T").count == 1)
            try store.seal()
        }
    }

    @Test func transactionsAreFoundByTheSpellingOfTheirKind() throws {
        let store = try Store.open(directory: "/data", files: SimulatedFileSystem())
        func span(_ number: UInt64, _ key: String, _ value: AttributeValue) -> Span {
            Span(
                traceID: StoreSamples.trace(number), spanID: SpanID(number), name: "n", startNanoseconds: 1,
                endNanoseconds: 2, attributes: [Attribute(key, value)])
        }
        let spans = [
            span(1, "payment.uetr", .string("  ABC-def ")), span(2, "payment.transaction_id", .string("abc-def")),
            span(3, "payment.transaction_id", .string("ABC-def")), span(4, "transaction.id", .int(42)),
            span(5, "payment.id", .string(String(repeating: "x", count: 10_000))),
            span(6, "payment.id", .string("bad\u{7}id")),
        ]
        try store.appendAndWait(Submission(spans: SpanBatch(spans), provenance: StoreSamples.provenance()))
        func traces(_ value: String, _ kind: String? = nil) throws -> Set<UInt64> {
            Set(try store.traces(of: value, kind: kind).map(\.traceID.low))
        }
        for _ in 0..<2 {
            #expect(try traces("ABC-def") == [1, 3])
            #expect(try traces("abc-def") == [1, 2])
            #expect(try traces("ABC-DEF", "uetr") == [1])
            #expect(try traces("ABC-def", "payment") == [3])
            #expect(try traces("42") == [4])
            #expect(try traces("bad\u{7}id").isEmpty)
            #expect(try traces("").isEmpty)
            try store.seal()
        }
        #expect(store.statistics.refusedTransactionIDs == 2)
        #expect(try store.trace(StoreSamples.trace(5)).map(\.span) == [spans[4]])
    }

    @Test func queriesDuringSealingSeeEverythingOnce() throws {
        var configuration = Store.Configuration()
        configuration.sealAfterSpans = 200
        let store = try Store.open(directory: "/data", configuration: configuration, files: SimulatedFileSystem())
        let acknowledged = Mutex<UInt64>(0)
        let done = Mutex(false)
        let reader = Thread {
            var generator = SeededGenerator(seed: StoreSamples.seed)
            while !done.withLock({ $0 }) {
                let last = acknowledged.withLock { $0 }
                guard last > 0 else { continue }
                let number = UInt64.random(in: 1...last, using: &generator)
                #expect((try? store.trace(StoreSamples.trace(number)).count) == 10, "seed \(StoreSamples.seed)")
                #expect((try? store.traces(of: "TX-\(number)").count) == 1, "seed \(StoreSamples.seed)")
            }
        }
        reader.start()
        for sequence in 1...400 as ClosedRange<UInt64> {
            try store.appendAndWait(StoreSamples.submission(sequence, spans: 10))
            acknowledged.withLock { $0 = sequence }
        }
        try store.seal()
        done.withLock { $0 = true }
        while !reader.isFinished { usleep(1000) }
        #expect(store.statistics.segments > 1)
        #expect(store.statistics.sealedSpans == 4000)
        #expect(store.statistics.liveSpans == 0)
        #expect(store.statistics.liveBytes == 0)
        try store.close()
    }

    @Test func spansOfTwoDaysGoIntoTwoSegments() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", files: disk)
        for day in 0..<2 as Range<UInt64> {
            let span = StoreSamples.payment(trace: StoreSamples.trace(1), span: day + 1, transaction: "T")
            let provenance = StoreSamples.provenance(at: StoreSamples.received + day * StoreSamples.day)
            try store.appendAndWait(Submission(spans: SpanBatch([span]), provenance: provenance))
        }
        try store.seal()
        #expect(try disk.list("/data/segments/default/standard") == ["2026-11-23", "2026-11-24"])
        #expect(try disk.list("/data/index/default").count == 1)
        #expect(try store.trace(StoreSamples.trace(1)).count == 2)
        // Nothing of it is left in the log.
        #expect(try disk.list("/data/wal").isEmpty)
    }

    @Test func memoryIsBounded() throws {
        let failing = FailingFileSystem(SimulatedFileSystem())
        var configuration = Store.Configuration()
        configuration.maximumLiveBytes = 400_000
        configuration.maximumSubmissionBytes = 100_000
        configuration.sealAfterBytes = 200_000
        let store = try Store.open(directory: "/data", configuration: configuration, files: failing)
        // While nothing can be sealed, what is taken in stays in memory.
        failing.plan([Fault(.create, pathContains: "segments", times: .max, effect: .error(ENOSPC))])
        let tooLarge = Answer()
        store.append(StoreSamples.submission(1, spans: 1000)) { tooLarge.give($0) }
        #expect(throws: StoreError.self) { try tooLarge.wait().get() }
        var refused: StoreError?
        var sequence: UInt64 = 0
        while refused == nil, sequence < 1000 {
            sequence += 1
            do { try store.appendAndWait(StoreSamples.submission(sequence, spans: 50)) } catch {
                refused = error as? StoreError
            }
        }
        #expect(refused?.code == .overloaded)
        #expect(!store.admits(bytes: 1))
        #expect(store.statistics.liveBytes <= 500_000)
        #expect(try store.trace(StoreSamples.trace(1)).count == 50)
        failing.plan([])
        // The set that is being sealed, and then the one that has grown behind it.
        try store.seal()
        try store.seal()
        #expect(store.admits(bytes: 100_000))
        #expect(try store.appendAndWait(StoreSamples.submission(sequence, spans: 50)) == .stored)
        #expect(try store.trace(StoreSamples.trace(1)).count == 50)
    }
}
