import Files
import Foundation
import Testing

/// Second names and directories that go, on every disk.
@Suite struct LinkTests {
    private func withEach(_ body: (any FileSystem, String) throws -> Void) throws {
        try body(SimulatedFileSystem(), "/disk")
        try body(FailingFileSystem(SimulatedFileSystem()), "/disk")
        let path = FileManager.default.temporaryDirectory.path + "/waybill-files-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(RealFileSystem(), path)
    }

    private func error(_ body: () throws -> Void) -> FileError? {
        do { try body() } catch { return error as? FileError }
        return nil
    }

    @Test func twoNamesAreOneFile() throws {
        try withEach { files, root in
            try files.makeDirectories(root + "/a")
            try files.makeDirectories(root + "/b")
            let file = try files.create(root + "/a/one")
            try file.append([1, 2])
            try files.link(root + "/a/one", to: root + "/b/two")
            try file.append([3])
            #expect(try files.readAll(root + "/b/two", limit: 9) == [1, 2, 3])
            #expect(error { try files.link(root + "/a/one", to: root + "/b/two") }?.errno == EEXIST)
            #expect(error { try files.link(root + "/a/none", to: root + "/b/three") }?.isMissing == true)
            #expect(error { try files.link(root + "/a/one", to: root + "/c/three") }?.isMissing == true)
            #expect(
                error { try files.link(root + "/a/one", to: root + "/b/two") }?.description
                    == "cannot make a link at \(root)/b/two: it exists already")
            try files.remove(root + "/a/one")
            #expect(try !files.exists(root + "/a/one"))
            #expect(try files.readAll(root + "/b/two", limit: 9) == [1, 2, 3])
            #expect(try file.size() == 3)
        }
    }

    @Test func onlyEmptyDirectoriesAreRemoved() throws {
        try withEach { files, root in
            try files.makeDirectories(root + "/a/b")
            _ = try files.create(root + "/a/b/one")
            #expect(error { try files.removeDirectory(root + "/a/b") }?.isNotEmpty == true)
            #expect(error { try files.removeDirectory(root + "/a") }?.isNotEmpty == true)
            #expect(
                error { try files.removeDirectory(root + "/a") }?.description
                    == "cannot remove the directory \(root)/a: it is not empty")
            #expect(error { try files.removeDirectory(root + "/a/b/one") }?.errno == ENOTDIR)
            #expect(error { try files.removeDirectory(root + "/a/c") }?.isMissing == true)
            try files.remove(root + "/a/b/one")
            try files.removeDirectory(root + "/a/b")
            #expect(try files.list(root + "/a") == [])
            #expect(error { _ = try files.create(root + "/a/b/two") }?.isMissing == true)
            // One that was removed is made again.
            try files.makeDirectories(root + "/a/b")
            _ = try files.create(root + "/a/b/two")
            #expect(try files.list(root + "/a/b") == ["two"])
        }
    }

    @Test func otherDisksCannotShareAFile() throws {
        let failing = FailingFileSystem(SimulatedFileSystem(), faults: [Fault(.link, effect: .error(EXDEV))])
        try failing.makeDirectories("/a")
        _ = try failing.create("/a/one")
        let refused = error { try failing.link("/a/one", to: "/a/two") }
        #expect(refused?.isCrossDevice == true)
        #expect(refused?.description == "cannot make a link at /a/two: it is on another file system")
        try failing.link("/a/one", to: "/a/two")
        #expect(error { _ = try failing.create("/a/one") }?.isCrossDevice == false)
    }

    /// On Linux `/proc` takes no new names, and is another file system than any directory.
    @Test func aRealDiskSaysWhenItIsAnother() throws {
        let path = FileManager.default.temporaryDirectory.path + "/waybill-files-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let files = RealFileSystem()
        try files.makeDirectories(path)
        #expect(error { try files.link("/proc/self/status", to: path + "/status") }?.isCrossDevice == true)
    }

    private func linked(seed: UInt64) throws -> SimulatedFileSystem {
        let disk = SimulatedFileSystem(seed: seed)
        try disk.makeDirectories("/a")
        try disk.makeDirectories("/b")
        let file = try disk.create("/a/one")
        try file.append([1, 2, 3])
        try file.sync()
        try disk.syncDirectory("/a")
        try disk.link("/a/one", to: "/b/two")
        return disk
    }

    @Test func aLinkIsDurableWithItsDirectory() throws {
        var without: Set<Bool> = []
        for seed in 0..<50 as Range<UInt64> {
            without.insert(try linked(seed: seed).kill().crash(seed: seed).exists("/b/two"))
            let disk = try linked(seed: seed)
            try disk.syncDirectory("/b")
            try disk.remove("/a/one")
            try disk.syncDirectory("/a")
            let after = disk.crash(seed: seed)
            #expect(try after.readAll("/b/two", limit: 9) == [1, 2, 3], "seed \(seed)")
            #expect(try !after.exists("/a/one"), "seed \(seed)")
        }
        #expect(without == [true, false])
    }
}
