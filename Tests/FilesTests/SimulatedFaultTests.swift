import Files
import Glibc
import Testing

/// The simulated disk fails as often as it is told to, the same way for the same seed, and as badly as disks may.
@Suite struct SimulatedFaultTests {
    private func error(_ body: () throws -> Void) -> FileError? {
        do { try body() } catch { return error as? FileError }
        return nil
    }

    private func bytes(_ count: Int, _ value: UInt8) -> [UInt8] { [UInt8](repeating: value, count: count) }

    /// What a fixed program meets on a disk, a line each.
    private func journal(seed: UInt64, _ profile: FaultProfile) throws -> [String] {
        let disk = SimulatedFileSystem(seed: seed)
        try disk.makeDirectories("/d")
        disk.fail(profile)
        var lines: [String] = []
        for number in 0..<40 {
            do throws(FileError) {
                let file = try disk.create("/d/\(number)")
                try file.append(bytes(1500, UInt8(number)))
                try file.sync()
                try disk.syncDirectory("/d")
                lines.append("\(try disk.readAll("/d/\(number)", limit: 2000).count)")
                if number % 3 == 0 { try disk.remove("/d/\(number)") }
                lines.append("\(try disk.list("/d").count)")
            } catch { lines.append(error.description) }
        }
        return lines + disk.takeFaults()
    }

    @Test func theSameSeedGivesTheSameFaults() throws {
        let none = try journal(seed: 1, .none)
        #expect(!none.contains { $0.contains("error") })
        let some = try journal(seed: 1, FaultProfile(every: 0.1))
        #expect(some == (try journal(seed: 1, FaultProfile(every: 0.1))))
        #expect(some != (try journal(seed: 2, FaultProfile(every: 0.1))))
        for word in ["cannot create", "cannot write", "cannot sync /d", "cannot sync the directory"] {
            #expect(some.contains { $0.hasPrefix(word) && $0.hasSuffix("input/output error") }, "\(word)")
        }
        let all = try journal(seed: 1, FaultProfile(every: 1))
        #expect(all.prefix(40).allSatisfy { $0.hasPrefix("cannot create") })
    }

    @Test func aFailedWritePutsDownAPart() throws {
        var sizes: Set<Int> = []
        for seed in 0..<60 as Range<UInt64> {
            let disk = SimulatedFileSystem(seed: seed)
            let file = try disk.create("/a")
            var profile = FaultProfile()
            profile.write = 1
            disk.fail(profile)
            #expect(error { try file.append(bytes(4, 1)) }?.errno == EIO)
            disk.fail(.none)
            sizes.insert(try file.size())
            try file.append(bytes(1, 2))
        }
        #expect(sizes == [0, 1, 2, 3])
    }

    @Test func aFailedSyncForgetsOrKeeps() throws {
        var survived: [Double: Set<Bool>] = [:]
        for share in [0.0, 1.0] {
            for seed in 0..<60 as Range<UInt64> {
                let disk = SimulatedFileSystem(seed: seed)
                let file = try disk.create("/a")
                try disk.syncDirectory("/")
                try file.append(bytes(700, 1))
                var profile = FaultProfile()
                profile.sync = 1
                profile.droppingSyncs = share
                disk.fail(profile)
                #expect(error { try file.sync() }?.operation == .sync)
                disk.fail(.none)
                // The second call proves nothing.
                try file.sync()
                let after = try disk.crash(seed: seed).readAll("/a", limit: 1000)
                survived[share, default: []].insert(after == bytes(700, 1))
            }
        }
        #expect(survived == [0: [true], 1: [true, false]])
    }

    @Test func whatIsDroppedMayStillBeSeenUntilTheLightsGoOut() throws {
        var seen: Set<[Bool]> = []
        for seed in 0..<80 as Range<UInt64> {
            let disk = SimulatedFileSystem(seed: seed)
            let file = try disk.create("/a")
            try disk.syncDirectory("/")
            try file.append(bytes(700, 1))
            var profile = FaultProfile()
            profile.sync = 1
            profile.droppingSyncs = 1
            disk.fail(profile)
            #expect(error { try file.sync() } != nil)
            let restarted = disk.kill()
            let before = try restarted.readAll("/a", limit: 1000) == bytes(700, 1)
            let after = try restarted.crash(seed: seed).readAll("/a", limit: 1000) == bytes(700, 1)
            seen.insert([before, after])
        }
        #expect(seen == [[true, true], [true, false], [false, false]])
    }

    @Test func aDiskHoldsSoMuchAndNoMore() throws {
        let disk = SimulatedFileSystem()
        disk.resize(toBytes: 1000)
        let first = try disk.create("/a")
        try first.append(bytes(600, 1))
        #expect(try disk.freeBytes(at: "/") == 400)
        let second = try disk.create("/b")
        #expect(error { try second.append(bytes(500, 2)) }?.isFull == true)
        #expect(try second.size() == 400)
        #expect(try disk.freeBytes(at: "/") == 0)
        #expect(error { _ = try disk.create("/c") }?.isFull == true)
        // Bytes that are there already can be written anew, and a link takes none.
        try first.write(bytes(600, 3), at: 0)
        try disk.link("/a", to: "/c")
        try disk.remove("/a")
        #expect(try disk.freeBytes(at: "/") == 0)
        try disk.remove("/c")
        #expect(try disk.freeBytes(at: "/") == 600)
        try second.truncate(to: 100)
        #expect(try disk.freeBytes(at: "/") == 900)
        #expect(disk.usedBytes == 100)
        try disk.syncDirectory("/")
        try second.sync()
        let after = disk.crash(seed: 1)
        #expect(try after.freeBytes(at: "/") == 900)
        after.resize(toBytes: nil)
        #expect(try after.freeBytes(at: "/") == Int.max)
    }

    @Test func aKilledProcessMakesNothingDurable() throws {
        var kept: Set<Bool> = []
        for seed in 0..<60 as Range<UInt64> {
            let disk = SimulatedFileSystem(seed: seed)
            let file = try disk.create("/a")
            try file.append(bytes(9, 1))
            let restarted = disk.kill()
            #expect(error { _ = try disk.list("/") } != nil)
            #expect(try restarted.readAll("/a", limit: 9) == bytes(9, 1))
            let after = restarted.crash(seed: seed)
            kept.insert(try after.exists("/a") && after.size(of: "/a") == 9)
        }
        #expect(kept == [true, false])
    }

    @Test func whatIsWrittenOverOldBytesMayBeHalfThere() throws {
        var mixed = 0
        for seed in 0..<60 as Range<UInt64> {
            let disk = SimulatedFileSystem(seed: seed)
            let file = try disk.create("/a")
            try file.append(bytes(2048, 1))
            try file.sync()
            try disk.syncDirectory("/")
            try file.write(bytes(2048, 2), at: 0)
            try file.write(bytes(100, 3), at: 500)
            let after = try disk.crash(seed: seed).readAll("/a", limit: 4096)
            #expect(after.count == 2048 && after.allSatisfy { 1...3 ~= $0 }, "seed \(seed)")
            if Set(after).count > 1 { mixed += 1 }
        }
        #expect(mixed > 10)
    }

    @Test func aDirectoryIsDurableWithItsParent() throws {
        var kept: Set<Bool> = []
        for seed in 0..<60 as Range<UInt64> {
            let disk = SimulatedFileSystem(seed: seed)
            var profile = FaultProfile()
            profile.syncDirectory = 1
            disk.fail(profile)
            #expect(error { try disk.makeDirectories("/d") }?.operation == .syncDirectory)
            disk.fail(.none)
            // A process that finds it there, and relies on it, makes it durable.
            let restarted = disk.kill()
            if seed % 2 == 0 {
                kept.insert(try restarted.crash(seed: seed).exists("/d"))
            } else {
                try restarted.makeDirectories("/d")
                #expect(try restarted.crash(seed: seed).exists("/d"))
            }
        }
        #expect(kept == [true, false])
    }

    @Test func bitsTurnInDurableFilesOnly() throws {
        let disk = SimulatedFileSystem()
        try disk.makeDirectories("/d")
        let file = try disk.create("/d/a")
        try file.append(bytes(64, 0))
        #expect(disk.rot(seed: 1) { _ in true } == nil)
        try file.sync()
        try disk.syncDirectory("/d")
        #expect(disk.rot(seed: 1) { !$0.hasSuffix("a") } == nil)
        let rot = try #require(disk.rot(seed: 1) { $0.hasSuffix("a") })
        var expected = bytes(64, 0)
        expected[rot.offset] ^= rot.mask
        #expect(rot.mask.nonzeroBitCount == 1)
        #expect(try disk.readAll(rot.path, limit: 64) == expected)
        #expect(try disk.crash(seed: 1).readAll(rot.path, limit: 64) == expected)
    }
}
