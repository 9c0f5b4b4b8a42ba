import Files
import Foundation
import Storage
import Telemetry
import Testing

/// An unknown tail touches what could have been in it, and nothing later.
@Suite struct StoreTailTests {
    private static let minute: UInt64 = 60_000_000_000
    private static let hour: UInt64 = 60 * minute
    private let start = StoreSamples.received

    private func tails(_ store: Store) throws -> [GapRecord] {
        try store.gaps().filter { if case .unknownTail = $0.kind { true } else { false } }
    }

    /// What was recorded just before `at`, or at `recorded` where that is long ago.
    private func batch(
        _ sequence: UInt64, incarnation: UInt64 = 7, at: UInt64, recorded: UInt64? = nil
    ) -> Submission {
        Submission(
            metrics: MetricBatch(endNanoseconds: recorded ?? at),
            provenance: StoreSamples.provenance(sequence, incarnation: incarnation, at: at))
    }

    private func span(_ sequence: UInt64, at: UInt64, recorded: UInt64) -> Submission {
        let span = Span(
            traceID: StoreSamples.trace(sequence), spanID: SpanID(sequence), name: "hop", kind: .server,
            startNanoseconds: recorded - 1_000, endNanoseconds: recorded)
        return Submission(
            spans: SpanBatch([span]), provenance: StoreSamples.provenance(sequence, incarnation: 7, at: at))
    }

    /// A batch of an exporter that has nothing to do with it: what was queued before it is noted when it is answered.
    private func settle(_ store: Store, _ sequence: UInt64 = 1) throws {
        try store.appendAndWait(
            Submission(provenance: StoreSamples.provenance(sequence, instance: "other", at: start)))
    }

    private func tail(_ store: Store) throws -> GapRecord? {
        try tails(store).first { $0.session?.instance == "pod-1" }
    }

    @Test func aTailEndsAnHourAfterTheDisconnect() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        _ = store.sessionOpened(StoreSamples.session())
        try store.appendAndWait(batch(1, at: start + Self.minute))
        store.sessionClosed(StoreSamples.session(at: start + 5 * Self.minute), lastSequence: nil)
        try settle(store)
        for _ in 0..<3 {
            let tail = try #require(try tail(store))
            #expect(tail.kind == .unknownTail(afterSequence: 1))
            #expect(tail.fromNanoseconds == start + Self.minute)
            #expect(tail.toNanoseconds == start + 5 * Self.minute + Self.hour)
            let later = try store.gaps(from: tail.toNanoseconds.addingReportingOverflow(1).partialValue, to: nil)
            #expect(!later.contains { $0.session?.instance == "pod-1" })
            // First from the log, then from the manifest.
            try store.close()
            store = try Store.open(directory: "/data", files: disk)
            try store.seal()
        }
    }

    @Test func aTailEndsWithTheNextLife() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        _ = store.sessionOpened(StoreSamples.session())
        try store.appendAndWait(batch(1, at: start + Self.minute))
        store.sessionClosed(StoreSamples.session(at: start + 2 * Self.minute), lastSequence: nil)
        _ = store.sessionOpened(StoreSamples.session(incarnation: 8, at: start + 3 * Self.minute))
        store.sessionClosed(StoreSamples.session(incarnation: 8, at: start + 9 * Self.minute), lastSequence: 0)
        try settle(store)
        for _ in 0..<3 {
            #expect(try tail(store)?.toNanoseconds == start + 3 * Self.minute)
            try store.close()
            store = try Store.open(directory: "/data", files: disk)
            try store.seal()
        }
        // A life that shows itself after that was not followed by the other: both were there at once.
        try store.appendAndWait(batch(2, at: start + 20 * Self.minute))
        #expect(try tail(store)?.toNanoseconds == start + 20 * Self.minute + Self.hour)
    }

    @Test func anExporterThatComesBackAndClosesLeavesNoTail() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        _ = store.sessionOpened(StoreSamples.session())
        try store.appendAndWait(batch(1, at: start))
        store.sessionClosed(StoreSamples.session(at: start + Self.minute), lastSequence: nil)
        _ = store.sessionOpened(StoreSamples.session(at: start + 2 * Self.minute))
        try settle(store)
        #expect(try tail(store) == nil)
        store.sessionClosed(StoreSamples.session(at: start + 3 * Self.minute), lastSequence: 1)
        // The old connection is found dead only now.
        store.sessionClosed(StoreSamples.session(at: start + 4 * Self.minute), lastSequence: nil)
        try settle(store, 2)
        #expect(try tail(store) == nil)
        try store.seal()
        try store.close()
        store = try Store.open(directory: "/data", files: disk)
        #expect(try tail(store) == nil)
    }

    @Test func aRestartOfTheCollectorCountsAsTheDisconnect() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        _ = store.sessionOpened(StoreSamples.session())
        try store.appendAndWait(batch(1, at: start))
        #expect(try tail(store) == nil)
        let killed = disk.kill()
        let before = UInt64(Date().timeIntervalSince1970 * 1e9)
        store = try Store.open(directory: "/data", files: killed)
        let end = try #require(try tail(store)).toNanoseconds
        #expect(end != .max)
        #expect(end >= max(before - Self.minute, start) + Self.hour)
        try settle(store)
        try store.seal()
        try store.close()
        // A later start does not move it.
        store = try Store.open(directory: "/data", files: killed)
        #expect(try tail(store)?.toNanoseconds == end)
        #expect(store.sessionOpened(StoreSamples.session()) == 1)
        #expect(try tail(store) == nil)
    }

    /// The next life delivers what a killed one had in its spool, long after the kill and before or after its own start
    /// is seen: what may be missing is from the time of the kill all the same.
    @Test(arguments: [false, true]) func aSpoolThatIsDeliveredLateMovesNoTail(nextLifeFirst: Bool) throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        _ = store.sessionOpened(StoreSamples.session(at: start))
        try store.appendAndWait(span(1, at: start + Self.minute, recorded: start + Self.minute - 5))
        store.sessionClosed(StoreSamples.session(at: start + 2 * Self.minute), lastSequence: nil)
        let next = StoreSamples.session(incarnation: 8, at: start + (nextLifeFirst ? 30 : 32) * Self.minute)
        if nextLifeFirst { _ = store.sessionOpened(next) }
        let killed = start + 2 * Self.minute
        _ = store.sessionOpened(StoreSamples.session(at: start + 31 * Self.minute))
        try store.appendAndWait(span(2, at: start + 31 * Self.minute, recorded: killed))
        // Neither does a batch that tells no time.
        try store.appendAndWait(
            Submission(provenance: StoreSamples.provenance(3, incarnation: 7, at: start + 31 * Self.minute)))
        store.sessionClosed(StoreSamples.session(at: start + 31 * Self.minute), lastSequence: nil)
        if !nextLifeFirst { _ = store.sessionOpened(next) }
        try settle(store)
        for _ in 0..<3 {
            let tail = try #require(try tail(store))
            #expect(tail.kind == .unknownTail(afterSequence: 3))
            #expect(tail.fromNanoseconds == killed && tail.toNanoseconds == next.timeNanoseconds)
            try store.close()
            store = try Store.open(directory: "/data", files: disk)
            try store.seal()
        }
    }

    /// A clock that is ahead makes nothing look whole.
    @Test func aTailBeginsNoLaterThanTheReceipt() throws {
        let store = try Store.open(directory: "/data", files: SimulatedFileSystem())
        _ = store.sessionOpened(StoreSamples.session())
        try store.appendAndWait(span(1, at: start + Self.minute, recorded: start + Self.hour))
        store.sessionClosed(StoreSamples.session(at: start + 2 * Self.minute), lastSequence: nil)
        try settle(store)
        #expect(try tail(store)?.fromNanoseconds == start + Self.minute)
    }

    /// Batches that a spool does not have are missing from when they were recorded, not from when it was delivered.
    @Test func whatASpoolLacksIsDatedByWhatWasRecordedAroundIt() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        let late = start + 30 * Self.minute
        _ = store.sessionOpened(StoreSamples.session(at: late))
        try store.appendAndWait(span(2, at: late, recorded: start + Self.minute))
        try store.appendAndWait(span(5, at: late, recorded: start + 2 * Self.minute))
        // Comes after all, out of order.
        try store.appendAndWait(span(3, at: late, recorded: start + Self.minute + 1))
        store.sessionClosed(StoreSamples.session(at: late), lastSequence: 7)
        try settle(store)
        for _ in 0..<3 {
            let gaps = try store.gaps().filter { $0.session?.instance == "pod-1" }
            let kinds: [GapRecord.Kind] = [
                .missingSequences(1...1), .missingSequences(4...4), .missingSequences(6...7),
            ]
            #expect(gaps.map(\.kind) == kinds)
            #expect(gaps.map { $0.fromNanoseconds - start } == [1, 1, 2].map { $0 * Self.minute })
            let slack: UInt64 = 10_000_000_000
            let ends = [start + Self.minute + slack, start + 2 * Self.minute + slack, late]
            #expect(gaps.map(\.toNanoseconds) == ends)
            try store.close()
            store = try Store.open(directory: "/data", files: disk)
            try store.seal()
        }
    }
}
