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

    private func batch(_ sequence: UInt64, incarnation: UInt64 = 7, at: UInt64) -> Submission {
        Submission(provenance: StoreSamples.provenance(sequence, incarnation: incarnation, at: at))
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
}
