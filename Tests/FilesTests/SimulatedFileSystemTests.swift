import Files
import Foundation
import Testing

/// The simulated disk forgets what was not synced, and only that.
@Suite struct SimulatedFileSystemTests {
    @Test func syncedBytesAndNamesSurvive() throws {
        for seed in 0..<50 as Range<UInt64> {
            let disk = SimulatedFileSystem()
            try disk.makeDirectories("/d")
            let file = try disk.create("/d/a")
            try file.append([1, 2, 3])
            try file.sync()
            try disk.syncDirectory("/d")
            try file.append([4, 5, 6])
            let after = try disk.crash(seed: seed).readAll("/d/a", limit: 10)
            #expect(after.starts(with: [1, 2, 3]), "seed \(seed)")
            #expect(throws: FileError.self) { try file.append([1]) }
        }
    }

    @Test func whatIsNotSyncedMayBeLostInEveryWay() throws {
        var names: Set<Bool> = []
        var sizes: Set<Int> = []
        for seed in 0..<200 as Range<UInt64> {
            let disk = SimulatedFileSystem()
            try disk.makeDirectories("/d")
            let file = try disk.create("/d/a")
            try file.append([UInt8](repeating: 7, count: 2000))
            let after = disk.crash(seed: seed)
            names.insert(try after.exists("/d/a"))
            if try after.exists("/d/a") { sizes.insert(try after.size(of: "/d/a")) }
        }
        #expect(names == [true, false])
        #expect(sizes.contains(0))
        #expect(sizes.count > 3)
    }

    @Test func aStopTearsTheWriteThatMeetsIt() throws {
        var sizes: Set<Int> = []
        for seed in 0..<50 as Range<UInt64> {
            let disk = SimulatedFileSystem(seed: seed)
            try disk.makeDirectories("/d")
            let file = try disk.create("/d/a")
            disk.stop(after: 1)
            #expect(throws: FileError.self) { try file.append([1, 2, 3, 4]) }
            #expect(throws: FileError.self) { try file.sync() }
            #expect(throws: FileError.self) { _ = try disk.list("/d") }
            sizes.insert(try disk.kill().size(of: "/d/a"))
        }
        #expect(sizes.count > 2)
    }

    @Test func faultsHappenWhereTheyArePlanned() throws {
        let disk = SimulatedFileSystem()
        let failing = FailingFileSystem(
            disk,
            faults: [
                Fault(.write, pathContains: "b", skip: 1, effect: .shortWrite(bytes: 2, errno: EIO)),
                Fault(.sync, times: 2, effect: .error(EIO)), Fault(.read, effect: .flippedBit(9)),
            ])
        try failing.makeDirectories("/d")
        let first = try failing.create("/d/a")
        let second = try failing.create("/d/b")
        try first.append([1, 2, 3])
        try second.append([1, 2, 3])
        #expect(throws: FileError(operation: .write, path: "/d/b", errno: EIO)) { try second.append([4, 5, 6]) }
        #expect(try second.size() == 5)
        #expect(throws: FileError.self) { try first.sync() }
        #expect(throws: FileError.self) { try second.sync() }
        try first.sync()
        #expect(try failing.readAll("/d/a", limit: 9) == [1, 0, 3])
        #expect(try failing.readAll("/d/a", limit: 9) == [1, 2, 3])
        failing.allow(bytes: 2)
        #expect(throws: FileError(operation: .write, path: "/d/a", errno: ENOSPC)) { try first.append([7, 8, 9]) }
        #expect(try disk.readAll("/d/a", limit: 9) == [1, 2, 3, 7, 8])
        #expect(failing.count(of: .sync) == 3)
    }
}
