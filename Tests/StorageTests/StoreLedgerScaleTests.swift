import Files
import Storage
import Telemetry
import Testing

/// The ledger at its ends: many lives, great numbers.
@Suite struct StoreLedgerScaleTests {
    private let start = StoreSamples.received
    private let day = StoreSamples.day

    private func note(_ sequence: UInt64, instance: String = "other", at: UInt64) -> Submission {
        Submission(provenance: StoreSamples.provenance(sequence, instance: instance, at: at))
    }

    @Test func everyWindowShowsTheGapsInItAndNoOthers() throws {
        var random = SegmentRandom(seed: StoreSamples.seed)
        let store = try Store.open(directory: "/data", files: SimulatedFileSystem())
        let loss = LossRecord(reason: .queueFull, batches: 1, spans: 1, firstNanoseconds: 0, lastNanoseconds: 0)
        for life in 1...400 as ClosedRange<UInt64> {
            var time = start + UInt64(random.below(1_000_000))
            for _ in 0..<random.below(4) {
                time += UInt64(random.below(50_000))
                var record = loss
                record.firstNanoseconds = time - UInt64(random.below(20_000))
                record.lastNanoseconds = time
                let sequence = UInt64(random.below(9) + 1)
                try store.appendAndWait(
                    Submission(
                        losses: random.below(3) == 0 ? [record] : [],
                        provenance: StoreSamples.provenance(
                            sequence, instance: "\(life % 90)", incarnation: life, at: time)))
            }
            let session = StoreSamples.session("\(life % 90)", incarnation: life, at: time)
            switch random.below(3) {
            case 0: store.sessionClosed(session, lastSequence: UInt64(random.below(12)))
            case 1: store.sessionClosed(session, lastSequence: nil)
            default: break
            }
        }
        try store.appendAndWait(note(1, at: start))
        let all = try store.gaps()
        #expect(all.count > 300)
        for _ in 0..<300 {
            let from = start + UInt64(random.below(1_200_000))
            let to = from + UInt64(random.below(100_000))
            let found = try store.gaps(from: from, to: to)
            let expected = all.filter { $0.toNanoseconds >= from && $0.fromNanoseconds <= to }
            #expect(found.count == expected.count, "WAYBILL_SEED=\(StoreSamples.seed)")
            #expect(Set(found) == Set(expected), "WAYBILL_SEED=\(StoreSamples.seed)")
            #expect(zip(found, found.dropFirst()).allSatisfy { $0.fromNanoseconds <= $1.fromNanoseconds })
        }
    }

    @Test func closedLivesWithoutGapsAreForgottenAfterThirtyDays() throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        for life in 1...100 as ClosedRange<UInt64> {
            let session = StoreSamples.session("pod", incarnation: life, at: start)
            _ = store.sessionOpened(session)
            try store.appendAndWait(
                Submission(provenance: StoreSamples.provenance(1, instance: "pod", incarnation: life, at: start)))
            // One has a gap, one goes away, one stays.
            if life > 3 { store.sessionClosed(session, lastSequence: 1) }
            if life == 1 { store.sessionClosed(session, lastSequence: 4) }
            if life == 2 { store.sessionClosed(session, lastSequence: nil) }
        }
        try store.appendAndWait(note(1, at: start + 29 * day))
        try store.seal()
        #expect(store.statistics.sessions == 101)
        #expect(
            try store.appendAndWait(
                Submission(provenance: StoreSamples.provenance(1, instance: "pod", incarnation: 50, at: start)))
                == .duplicate)
        try store.appendAndWait(note(2, at: start + 31 * day))
        try store.seal()
        for _ in 0..<2 {
            #expect(store.statistics.sessions == 4)
            #expect(try store.gaps().contains { $0.kind == .missingSequences(2...4) })
            #expect(try store.gaps().contains { $0.session?.incarnation == 2 })
            #expect(store.sessionOpened(StoreSamples.session("pod", incarnation: 3, at: start)) == 1)
            try store.close()
            store = try Store.open(directory: "/data", files: disk)
        }
        // Of a life that is forgotten nothing is taken for stored, and nothing stored is shown twice.
        let life = StoreSamples.session("pod", incarnation: 50, at: start + 32 * day)
        #expect(store.sessionOpened(life) == 0)
    }

    @Test func ofTooManyLivesTheOldestClosedOnesGo() throws {
        let disk = SimulatedFileSystem()
        let store = try Store.open(directory: "/data", files: disk)
        for life in 1...5200 as ClosedRange<UInt64> {
            let session = StoreSamples.session("pod", incarnation: life, at: start + life)
            _ = store.sessionOpened(session)
            store.sessionClosed(session, lastSequence: life == 1 ? 3 : 0)
        }
        try store.appendAndWait(note(1, at: start))
        try store.seal()
        #expect(store.statistics.sessions <= 4096)
        #expect(try store.gaps().contains { $0.kind == .missingSequences(1...3) })
    }

    @Test(arguments: [UInt64(Int64.max), UInt64(Int64.max) + 1, UInt64.max])
    func theGreatestNumbersAreNumbers(_ greatest: UInt64) throws {
        let disk = SimulatedFileSystem()
        var store = try Store.open(directory: "/data", files: disk)
        _ = store.sessionOpened(StoreSamples.session("a", at: greatest))
        let loss = LossRecord(
            reason: .queueFull, batches: greatest, spans: greatest, metricPoints: greatest, firstNanoseconds: greatest,
            lastNanoseconds: greatest)
        for sequence in [1, greatest - 1, greatest, 3, greatest - 5] {
            #expect(
                try store.appendAndWait(
                    Submission(
                        losses: [loss],
                        provenance: StoreSamples.provenance(sequence, instance: "a", at: greatest))) == .stored)
        }
        #expect(
            try store.appendAndWait(note(greatest, instance: "a", at: greatest)) == .duplicate)
        store.sessionClosed(StoreSamples.session("a", at: greatest), lastSequence: nil)
        _ = store.sessionOpened(StoreSamples.session("a", incarnation: 8, at: greatest))
        store.sessionClosed(StoreSamples.session("a", incarnation: 8, at: greatest), lastSequence: greatest)
        try store.appendAndWait(note(1, at: greatest))
        for _ in 0..<2 {
            let kinds = Set(try store.gaps().map(\.kind))
            for range in [2...2, 4...greatest - 6, greatest - 4...greatest - 2, 1...greatest] {
                #expect(kinds.contains(.missingSequences(range)), "\(range)")
            }
            #expect(kinds.contains(.unknownTail(afterSequence: greatest)))
            if greatest == .max { #expect(try !store.gaps(from: .max, to: .max).isEmpty) }
            try store.seal()
            try store.close()
            store = try Store.open(directory: "/data", files: disk)
        }
        #expect(store.sessionOpened(StoreSamples.session("a", at: greatest)) == greatest)
    }
}
