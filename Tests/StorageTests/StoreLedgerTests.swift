import Files
import Storage
import Telemetry
import Testing

/// Nothing is dropped in silence: what is missing is in the ledger, and stays there.
@Suite struct StoreLedgerTests {
    private func missing(_ store: Store) throws -> [ClosedRange<UInt64>] {
        try store.gaps().compactMap { if case .missingSequences(let range) = $0.kind { range } else { nil } }
    }

    @Test func duplicatesAreAcknowledgedAndStoredOnce() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        #expect(try store.appendAndWait(StoreSamples.submission(1, spans: 2)) == .stored)
        #expect(try store.appendAndWait(StoreSamples.submission(1, spans: 2)) == .duplicate)
        let next = disk.kill()
        store = try Store.open(directory: "/data", files: next)
        #expect(store.sessionOpened(StoreSamples.session()) == 1)
        #expect(try store.appendAndWait(StoreSamples.submission(1, spans: 2)) == .duplicate)
        try store.seal()
        #expect(try store.appendAndWait(StoreSamples.submission(1, spans: 2)) == .duplicate)
        #expect(try store.trace(StoreSamples.trace(1)).count == 2)
        #expect(store.statistics.duplicateBatches == 2)
        try store.close()
        // The high-water mark is in the manifest now, its log file is gone.
        store = try Store.open(directory: "/data", files: next)
        #expect(store.sessionOpened(StoreSamples.session()) == 1)
        #expect(try store.appendAndWait(StoreSamples.submission(1, spans: 2)) == .duplicate)
        #expect(try store.appendAndWait(StoreSamples.submission(2, spans: 2)) == .stored)
    }

    @Test func incarnationsAndInstancesHaveSequencesOfTheirOwn() throws {
        let store = try Store.open(directory: "/data", files: SimulatedFileSystem())
        try store.appendAndWait(StoreSamples.submission(1, spans: 1))
        #expect(try store.appendAndWait(StoreSamples.submission(1, spans: 1, instance: "pod-2")) == .stored)
        #expect(store.sessionOpened(StoreSamples.session("pod-3")) == 0)
        #expect(store.sessionOpened(StoreSamples.session(incarnation: 8)) == 0)
    }

    @Test func gapsAreRecordedFilledAndKept() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        _ = store.sessionOpened(StoreSamples.session())
        for sequence in [3, 4, 9] as [UInt64] { try store.appendAndWait(StoreSamples.submission(sequence, spans: 1)) }
        #expect(try missing(store) == [1...2, 5...8])
        // One that comes late after all is stored, and is missing no more.
        #expect(try store.appendAndWait(StoreSamples.submission(6, spans: 1)) == .stored)
        #expect(try store.appendAndWait(StoreSamples.submission(6, spans: 1)) == .duplicate)
        #expect(try Set(missing(store)) == [1...2, 5...5, 7...8])
        #expect(try store.trace(StoreSamples.trace(6)).count == 1)
        let crashed = disk.crash(seed: 3)
        store = try Store.open(directory: "/data", files: crashed)
        #expect(try Set(missing(store)) == [1...2, 5...5, 7...8])
        try store.seal()
        try store.close()
        store = try Store.open(directory: "/data", files: crashed)
        #expect(try Set(missing(store)) == [1...2, 5...5, 7...8])
        #expect(
            try store.gaps(from: StoreSamples.received + 1, to: nil).allSatisfy {
                if case .missingSequences = $0.kind { false } else { true }
            })
    }

    @Test func aCloseBeyondTheLastBatchIsAGap() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", files: disk)
        _ = store.sessionOpened(StoreSamples.session())
        try store.appendAndWait(StoreSamples.submission(1, spans: 1))
        store.sessionClosed(StoreSamples.session(), lastSequence: 4)
        try store.close()
        let reopened = try Store.open(directory: "/data", files: disk)
        #expect(try reopened.gaps().map(\.kind) == [.missingSequences(2...4)])
    }

    @Test func aSessionThatGoesAwayLeavesAnUnknownTailUntilItComesBack() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        _ = store.sessionOpened(StoreSamples.session())
        try store.appendAndWait(StoreSamples.submission(1, spans: 1))
        #expect(try store.gaps().isEmpty)
        store.sessionClosed(StoreSamples.session(), lastSequence: nil)
        #expect(try store.gaps().map(\.kind) == [.unknownTail(afterSequence: 1)])
        #expect(store.sessionOpened(StoreSamples.session()) == 1)
        #expect(try store.gaps().isEmpty)
        let killed = disk.kill()
        store = try Store.open(directory: "/data", files: killed)
        #expect(try store.gaps().map(\.kind) == [.unknownTail(afterSequence: 1)])
        #expect(try store.gaps(from: nil, to: StoreSamples.received - 1).isEmpty)
        #expect(store.sessionOpened(StoreSamples.session()) == 1)
        store.sessionClosed(StoreSamples.session(), lastSequence: 1)
        try store.close()
        store = try Store.open(directory: "/data", files: killed)
        #expect(try store.gaps().isEmpty)
        #expect(store.statistics.sessions == 1)
    }

    @Test func lossesAreKept() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        let first = LossRecord(
            reason: .spoolFull, batches: 2, spans: 10, firstNanoseconds: 1_000, lastNanoseconds: 2_000)
        let later = LossRecord(
            reason: .queueFull, batches: 1, spans: 5, firstNanoseconds: 3_000, lastNanoseconds: .max)
        try store.appendAndWait(Submission(losses: [first], provenance: StoreSamples.provenance(1)))
        try store.appendAndWait(Submission(losses: [later], provenance: StoreSamples.provenance(2)))
        func losses() throws -> [LossRecord] {
            try store.gaps().compactMap { if case .loss(let loss) = $0.kind { loss } else { nil } }
        }
        #expect(try losses() == [first, later])
        try store.seal()
        #expect(try losses() == [first, later])
        try store.close()
        store = try Store.open(directory: "/data", files: disk)
        #expect(try losses() == [first, later])
    }
}
