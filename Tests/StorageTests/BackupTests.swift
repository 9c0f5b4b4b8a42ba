import Files
import Foundation
import Storage
import Synchronization
import Telemetry
import Testing

/// A backup of a live store has everything acknowledged before it began, and a restore proves it.
@Suite struct BackupTests {
    private func answers(_ store: Store, _ numbers: ClosedRange<UInt64>) throws -> [[StoredSpan]] {
        try numbers.map { number in
            let spans = try store.trace(StoreSamples.trace(number))
            #expect(
                try store.traces(of: "TX-\(number)").map(\.traceID)
                    == (spans.isEmpty ? [] : [StoreSamples.trace(number)]))
            return spans
        }
    }

    private func backup(
        _ disk: any FileSystem, to destination: String = "/backup", onto previous: String? = nil,
        verifying: Bool = false
    ) throws -> BackupReport {
        try StoreBackup.run(
            data: "/data", to: destination, onto: previous, verifying: verifying, files: disk,
            now: StoreSamples.received)
    }

    @Test func whatWasBackedUpComesBack() throws {
        let disk = try CheckTests.disk()
        let live = try Store.open(directory: "/data", files: disk)
        let expected = try answers(live, 1...12)
        #expect(expected.allSatisfy { $0.count == 4 })
        let report = try backup(disk)
        #expect(report.isWhole && report.findings == [] && report.leftover == nil)
        #expect(report.catalog.segments == 3)
        #expect(report.catalog.sealedSpans == 36)
        #expect(report.catalog.logSpans == 12)
        #expect(try disk.list("/data/backup") == [] || disk.list("/data/backup") == ["lock"])
        // The store goes on, and what comes now is not in the backup.
        try live.appendAndWait(StoreSamples.submission(13, spans: 4))
        try live.seal()
        try live.close()

        var last: StoreProgress?
        let restored = try StoreRestore.run(from: "/backup", to: "/new", files: disk) { last = $0 }
        #expect(restored.isWhole && restored.isProven)
        #expect(restored.epoch == 2)
        #expect(restored.openedSealedSpans == 36)
        #expect(restored.openedLiveSpans == 12)
        #expect(restored.restoredFiles == report.catalog.files.count - 1)
        #expect(last?.doneBytes == last?.totalBytes)
        let store = try Store.open(directory: "/new", files: disk)
        #expect(store.storeID == live.storeID)
        #expect(store.epoch == 2)
        #expect(try answers(store, 1...12) == expected)
        #expect(try store.trace(StoreSamples.trace(13)).isEmpty)
        // It is a store like any other: it takes in, seals, and is backed up and restored again.
        try store.appendAndWait(StoreSamples.submission(14, spans: 4))
        try store.seal()
        try store.close()
        #expect(try HoldDirectory(path: "/new", files: disk).all() == HoldDirectory(path: "/data", files: disk).all())
        let second = try StoreBackup.run(data: "/new", to: "/backup2", onto: "/backup", files: disk)
        #expect(second.isWhole && second.linkedFiles > 0)
        let again = try StoreRestore.run(from: "/backup2", to: "/newer", files: disk)
        #expect(again.isWhole && again.epoch == 3)
    }

    @Test func aHoldWhosePlacingWasCutShortIsInTheBackupWhenItStands() throws {
        let disk = try CheckTests.disk()
        let holds = HoldDirectory(path: "/data", files: disk)
        var profile = FaultProfile()
        profile.remove = 1
        disk.fail(profile)
        #expect(throws: StoreError.self) {
            try holds.place(.transaction(value: "TX-3", kind: nil), reason: "case 3", by: "amy")
        }
        disk.fail(.none)
        let standing = try holds.active()
        #expect(standing.contains { $0.reason == "case 3" })
        #expect(try backup(disk).isWhole)
        _ = try StoreRestore.run(from: "/backup", to: "/new", files: disk)
        #expect(try HoldDirectory(path: "/new", files: disk).active() == standing)
    }

    @Test func unchangedFilesAreShared() throws {
        let disk = try CheckTests.disk()
        let first = try backup(disk)
        let store = try Store.open(directory: "/data", files: disk)
        try store.appendAndWait(StoreSamples.submission(20, spans: 4))
        try store.seal()
        try store.close()
        for verifying in [false, true] {
            let second = try backup(disk, to: "/second-\(verifying)", onto: "/backup", verifying: verifying)
            let shared = first.catalog.files.filter { $0.path.hasSuffix(".seg") || $0.path.hasSuffix(".idx") }
            #expect(second.linkedFiles == shared.count)
            #expect(second.linkedBytes == shared.reduce(0) { $0 + $1.bytes })
            #expect(second.catalog.sealedSpans == 52)
            #expect(try StoreRestore.run(from: "/second-\(verifying)", to: "/new-\(verifying)", files: disk).isWhole)
        }
        // A shared file that is damaged in the previous backup is copied again when contents are compared.
        let path = try #require(first.catalog.files.first { $0.path.hasSuffix(".seg") }).path
        disk.corrupt("/backup/" + path, at: 400, exclusiveOr: 4)
        let third = try backup(disk, to: "/third", onto: "/backup", verifying: true)
        #expect(third.isWhole && third.linkedFiles == 5)
        #expect(try StoreRestore.run(from: "/third", to: "/new-third", files: disk).isWhole)
    }

    @Test func aBackupOfAnotherStoreIsNotBuiltOn() throws {
        let disk = try CheckTests.disk()
        try Store.open(directory: "/other", files: disk).close()
        _ = try StoreBackup.run(data: "/other", to: "/backup", files: disk)
        #expect { try backup(disk, to: "/second", onto: "/backup") } throws: {
            ($0 as? StoreError)?.code == .notThisStore
        }
    }

    @Test func onlyEmptyDirectoriesAreWrittenTo() throws {
        let disk = try CheckTests.disk()
        try disk.makeDirectories("/full")
        _ = try disk.create("/full/file")
        #expect { try backup(disk, to: "/full") } throws: { ($0 as? StoreError)?.code == .inUse }
        #expect { try backup(disk, to: "/data/inside") } throws: { ($0 as? StoreError)?.code == .limit }
        _ = try backup(disk)
        #expect { try StoreRestore.run(from: "/backup", to: "/full", files: disk) } throws: {
            ($0 as? StoreError)?.code == .inUse
        }
        #expect { try StoreRestore.run(from: "/data", to: "/new", files: disk) } throws: {
            ($0 as? StoreError)?.code == .notThisStore
        }
        #expect(try disk.list("/full") == ["file"])
        #expect(try !disk.exists("/new"))
    }

    @Test func oneAtATime() throws {
        let disk = try CheckTests.disk()
        try disk.makeDirectories("/data/backup")
        let lock = try disk.lock("/data/backup/lock")
        #expect { try backup(disk) } throws: { ($0 as? StoreError)?.code == .inUse }
        lock.unlock()
        #expect(try backup(disk, to: "/second").isWhole)
    }

    @Test func aFlippedBitInABackupIsFoundAndNamed() throws {
        let disk = try CheckTests.disk()
        _ = try backup(disk)
        var generator = SeededGenerator(seed: StoreSamples.seed)
        var number = 0
        for path in try CheckTests.allFiles(disk, "/backup") {
            let size = try disk.size(of: "/backup/" + path)
            for offset in [0, size - 1] + (0..<6).map({ _ in Int.random(in: 0..<size, using: &generator) }) {
                let mask = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
                let comment = Comment(rawValue: "\(path) at \(offset), mask \(mask), seed \(StoreSamples.seed)")
                disk.corrupt("/backup/" + path, at: offset, exclusiveOr: mask)
                number += 1
                do {
                    let report = try StoreRestore.run(from: "/backup", to: "/new\(number)", files: disk)
                    #expect(!report.isProven && report.findings.map(\.path) == [path], comment)
                    // Nothing is made that could be taken for a store.
                    #expect(try !disk.exists("/new\(number)/identity"), comment)
                } catch let error as StoreError {
                    #expect(path == "BACKUP" && error.path == "/backup/BACKUP", comment)
                }
                disk.corrupt("/backup/" + path, at: offset, exclusiveOr: mask)
            }
        }
        #expect(try StoreRestore.run(from: "/backup", to: "/new", files: disk).isWhole)
    }

    @Test func aFileThatIsGoneFromABackupIsNamedAndTheRestComesBackWhenAsked() throws {
        let disk = try CheckTests.disk()
        let path = try #require(try backup(disk).catalog.files.first { $0.path.hasSuffix(".seg") }).path
        try disk.remove("/backup/" + path)
        let report = try StoreRestore.run(from: "/backup", to: "/new", files: disk)
        #expect(report.findings.map(\.path) == [path] && report.findings[0].kind == .missing && report.check == nil)
        let forced = try StoreRestore.run(from: "/backup", to: "/newer", acceptingDamage: true, files: disk)
        #expect(!forced.isProven && !forced.isWhole)
        #expect(forced.check?.sealedSpans == 24)
        #expect(forced.check?.findings.contains { $0.path == path && $0.kind.isDamage } == true)
        let store = try Store.open(directory: "/newer", files: disk)
        #expect((1...12).count { number in ((try? store.trace(StoreSamples.trace(number)).count) ?? 0) == 4 } == 9)
        try store.close()
    }

    @Test func damageOfTheStoreIsToldAndTheRestIsBackedUp() throws {
        let disk = try CheckTests.disk()
        let segments = try CheckTests.allFiles(disk).filter { $0.hasSuffix(".seg") }
        disk.corrupt("/data/" + segments[0], at: 300, exclusiveOr: 1)
        try disk.remove("/data/" + segments[1])
        let report = try backup(disk)
        #expect(!report.isWhole)
        #expect(Set(report.catalog.damages.map(\.path)) == Set(segments[0...1]))
        #expect(report.catalog.segments == 1 && report.catalog.sealedSpans == 12)
        let restored = try StoreRestore.run(from: "/backup", to: "/new", files: disk)
        #expect(restored.isProven && !restored.isWhole)
        #expect(restored.catalog.damages == report.catalog.damages)
        let damaged = Set(try #require(restored.check).findings.map(\.path))
        #expect(damaged.isSuperset(of: segments[0...1]))
    }

    /// The power goes at every change of the disk: the store has lost nothing, what is there is a backup or is none,
    /// and the next backup clears up.
    @Test func everyWriteBoundary() throws {
        let whole = try CheckTests.disk(seals: 2)
        let before = whole.operations
        _ = try backup(whole)
        let total = whole.operations - before
        #expect(total > 40)
        for boundary in 1...total {
            let seed = StoreSamples.seed &+ UInt64(boundary)
            let comment = Comment(rawValue: "boundary \(boundary) of \(total), seed \(StoreSamples.seed)")
            let disk = try CheckTests.disk(seals: 2)
            disk.stop(after: boundary)
            // What fails while the staged names are removed is a note, for the backup is whole by then.
            let report = try? backup(disk)
            #expect(report == nil || report?.leftover != nil, comment)
            let after = disk.crash(seed: seed)
            let check = try StoreCheck.run(directory: "/data", files: after)
            #expect(check.findings == [], comment)
            #expect(check.sealedSpans == 24 && check.logSpans == 12 && check.activeHolds == 1, comment)
            if try after.exists("/backup/BACKUP"), (try? BackupCatalog.read("/backup", files: after)) != nil {
                #expect(try StoreRestore.run(from: "/backup", to: "/new", files: after).isWhole, comment)
            }
            #expect(try backup(after, to: "/second").isWhole, comment)
            #expect(try after.list("/data/backup").filter { $0 != "lock" } == [], comment)
            #expect(try StoreRestore.run(from: "/second", to: "/newer", files: after).isWhole, comment)
        }
    }

    /// A full disk under the destination, and one that does not read.
    @Test func aFailingDiskIsAnError() throws {
        let disk = try CheckTests.disk()
        let failing = FailingFileSystem(disk)
        failing.allow(bytes: 5000)
        #expect { try backup(failing) } throws: { ($0 as? StoreError)?.code == .full }
        failing.allow(bytes: nil)
        #expect(try !disk.exists("/backup/BACKUP"))
        #expect(try disk.list("/data/backup").filter { $0 != "lock" } == [])
        let segment = try #require(try CheckTests.allFiles(disk).first { $0.hasSuffix(".seg") })
        failing.plan([Fault(.read, pathContains: "staged/" + segment, times: .max, effect: .error(EIO))])
        let report = try backup(failing, to: "/second")
        #expect(report.catalog.damages.map(\.path) == [segment])
        #expect(report.findings.map(\.kind) == [.unreadable])
        #expect(report.catalog.sealedSpans == 24)
        // Where there are no links, what is needed is copied.
        failing.plan([Fault(.link, times: .max, effect: .error(EXDEV))])
        #expect(try backup(failing, to: "/third", onto: "/second").isWhole)
        failing.plan([])
        #expect(try StoreRestore.run(from: "/third", to: "/new", files: disk).isWhole)
    }

    /// Backups while the store takes in, seals and compacts: each has all that was acknowledged before it began, and answers as
    /// the live store does.
    @Test func underLoad() throws {
        let directory = try TemporaryDirectory()
        let data = directory.path + "/data"
        let store = try Store.open(directory: data)
        let load = Load(store)
        var destinations: [(path: String, acknowledged: UInt64)] = []
        for number in 0..<4 {
            while load.acknowledged < UInt64(number + 1) * 40 { usleep(500) }
            let acknowledged = load.acknowledged
            let path = directory.path + "/backup-\(number)"
            let previous = destinations.last?.path
            let report = try StoreBackup.run(data: data, to: path, onto: number > 1 ? previous : nil)
            #expect(report.isWhole)
            #expect(report.findings == [])
            destinations.append((path, acknowledged))
        }
        load.stop()
        for (number, destination) in destinations.enumerated() {
            let path = directory.path + "/new-\(number)"
            let report = try StoreRestore.run(from: destination.path, to: path)
            #expect(report.isWhole, "\(report.differences) \(report.check?.findings ?? [])")
            let restored = try Store.open(directory: path)
            #expect(try answers(restored, 1...destination.acknowledged) == answers(store, 1...destination.acknowledged))
            #expect(try answers(restored, 1...destination.acknowledged).allSatisfy { $0.count == 3 })
            // What came later is there whole or not at all.
            for later in destination.acknowledged + 1...destination.acknowledged + 40 {
                let spans = try restored.trace(StoreSamples.trace(later))
                #expect(spans.isEmpty || spans.count == 3)
            }
            try restored.close()
        }
        try store.close()
    }

    /// A thread that appends and another that seals and compacts.
    private final class Load: Sendable {
        private struct State {
            var acknowledged: UInt64 = 0
            var isStopped = false
        }

        private let state = Mutex(State())
        private let threads = DispatchGroup()

        var acknowledged: UInt64 { state.withLock { $0.acknowledged } }

        init(_ store: Store) {
            let queue = DispatchQueue(label: "load", attributes: .concurrent)
            queue.async(group: threads) { [self] in
                var number: UInt64 = 1
                while !state.withLock({ $0.isStopped }) {
                    do { try store.appendAndWait(StoreSamples.submission(number, spans: 3)) } catch {
                        Issue.record(error)
                        return
                    }
                    state.withLock { $0.acknowledged = number }
                    number += 1
                }
            }
            queue.async(group: threads) { [self] in
                var round = 0
                while !state.withLock({ $0.isStopped }) {
                    do {
                        try store.seal()
                        round += 1
                        if round % 4 == 0 {
                            let report = try store.maintain(now: StoreSamples.received, everything: true)
                            #expect(report.errors == [])
                        }
                    } catch {
                        Issue.record(error)
                        return
                    }
                    usleep(3000)
                }
            }
        }

        func stop() {
            state.withLock { $0.isStopped = true }
            threads.wait()
        }
    }
}
