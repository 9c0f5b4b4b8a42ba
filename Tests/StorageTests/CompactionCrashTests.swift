import Files
import Foundation
import Storage
import Telemetry
import Testing

/// A crash anywhere in the upkeep leaves what was, or what was to be; never something between.
@Suite struct CompactionCrashTests {
    /// A store over some days, and what it answers.
    private func filled(_ disk: SimulatedFileSystem, _ seed: UInt64) throws -> (store: Store, now: UInt64) {
        let store = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: disk)
        var life = StoreLife(seed: seed)
        try life.fill(store, days: 2, sealsADay: 3)
        try store.appendAndWait(life.submission())
        return (store, life.now + StoreSamples.day)
    }

    @Test func everyBoundaryOfCompactionAndMerge() throws {
        let seed = StoreSamples.seed
        var total = 0
        do {
            let disk = SimulatedFileSystem(seed: seed)
            let (store, now) = try filled(disk, seed)
            let start = disk.operations
            let report = try store.maintain(now: now, everything: true)
            #expect(report.compactions == 2 && report.indexMerges >= 1)
            total = disk.operations - start
        }
        #expect(total > 30)
        for boundary in 1...total {
            let comment = Comment(rawValue: "boundary \(boundary) of \(total), seed \(seed)")
            let disk = SimulatedFileSystem(seed: seed &+ UInt64(boundary))
            let (store, now) = try filled(disk, seed)
            let before = try StoreAnswers(store)
            disk.stop(after: boundary)
            // What it reports is of no interest: the machine is gone.
            _ = Result { try store.maintain(now: now, everything: true) }
            let next = boundary % 3 == 0 ? disk.kill() : disk.crash(seed: seed &+ UInt64(boundary))
            let reopened = try Store.open(directory: "/data", configuration: StoreLife.configuration(), files: next)
            let after = try StoreAnswers(reopened)
            #expect(after == before, "\(before.difference(after)), \(comment.rawValue)")
            try StoreSnapshot.read(directory: "/data", files: next).expectFiles(next, "/data", comment)
            let report = try reopened.maintain(now: now, everything: true)
            #expect(report.errors == [], comment)
            #expect(try StoreAnswers(reopened) == before, comment)
            let snapshot = try StoreSnapshot.read(directory: "/data", files: next)
            #expect(snapshot.segments.allSatisfy { $0.level == .final }, comment)
            try snapshot.expectFiles(next, "/data", comment)
            try reopened.close()
        }
    }

    @Test func everyFailingOperationIsOnlyAnError() throws {
        let seed = StoreSamples.seed
        for operation in [
            FileError.Operation.create, .write, .sync, .syncDirectory, .read, .open, .remove, .close, .list,
        ] {
            for skip in [0, 1, 2, 5, 9, 14] {
                let comment = Comment(rawValue: "\(operation) after \(skip), seed \(seed)")
                let disk = SimulatedFileSystem(seed: seed)
                let failing = FailingFileSystem(disk)
                let store = try Store.open(
                    directory: "/data", configuration: StoreLife.configuration(), files: failing)
                var life = StoreLife(seed: seed)
                try life.fill(store, days: 2, sealsADay: 3)
                let before = try StoreAnswers(store)
                failing.plan([Fault(operation, skip: skip, times: 1, effect: .error(EIO))])
                try store.maintain(now: life.now + StoreSamples.day, everything: true)
                failing.plan([])
                #expect(try StoreAnswers(store) == before, comment)
                let report = try store.maintain(now: life.now + StoreSamples.day, everything: true)
                #expect(report.errors == [], comment)
                #expect(try StoreAnswers(store) == before, comment)
                let snapshot = try StoreSnapshot.read(directory: "/data", files: disk)
                #expect(snapshot.segments.allSatisfy { $0.level == .final }, comment)
                try snapshot.expectFiles(disk, "/data", comment)
                try store.close()
            }
        }
    }
}
