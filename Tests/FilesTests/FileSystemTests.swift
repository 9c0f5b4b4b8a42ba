import Files
import Foundation
import Testing

/// The real disk and the simulated one keep the same promises.
@Suite struct FileSystemTests {
    private func withEach(_ body: (any FileSystem, String) throws -> Void) throws {
        try body(SimulatedFileSystem(), "/disk")
        let path = FileManager.default.temporaryDirectory.path + "/waybill-files-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(RealFileSystem(), path)
    }

    private func error(_ body: () throws -> Void) -> FileError? {
        do { try body() } catch { return error as? FileError }
        return nil
    }

    @Test func writeReadListRemove() throws {
        try withEach { files, root in
            try files.makeDirectories(root + "/a/b")
            try files.makeDirectories(root + "/a/b")
            let file = try files.create(root + "/a/b/one")
            try file.append([1, 2, 3])
            try file.append([4])
            try file.write([9, 9], at: 1)
            try file.sync()
            try files.syncDirectory(root + "/a/b")
            #expect(try files.readAll(root + "/a/b/one", limit: 4) == [1, 9, 9, 4])
            #expect(error { _ = try files.readAll(root + "/a/b/one", limit: 3) }?.operation == .read)
            var tail = [UInt8](repeating: 0, count: 10)
            #expect(try file.read(into: &tail, at: 3) == 1)
            #expect(tail[0] == 4)
            try file.truncate(to: 2)
            try file.append([7])
            #expect(try file.size() == 3)
            #expect(try files.size(of: root + "/a/b/one") == 3)
            let again = try files.openForAppending(root + "/a/b/one")
            try again.append([8])
            #expect(try files.readAll(root + "/a/b/one", limit: 10) == [1, 9, 7, 8])
            _ = try files.create(root + "/a/b/another")
            #expect(try files.list(root + "/a/b") == ["another", "one"])
            #expect(try files.list(root + "/a") == ["b"])
            try files.remove(root + "/a/b/one")
            #expect(try !files.exists(root + "/a/b/one"))
            #expect(try files.exists(root + "/a/b"))
            // An unlinked file is still there for those who have it open.
            #expect(try again.size() == 4)
            #expect(try files.freeBytes(at: root) > 0)
        }
    }

    @Test func errorsNameTheOperationThePathAndTheReason() throws {
        try withEach { files, root in
            try files.makeDirectories(root)
            _ = try files.create(root + "/x")
            #expect(
                error { _ = try files.create(root + "/x") }?.description
                    == "cannot create \(root)/x: it exists already")
            #expect(
                error { _ = try files.openForReading(root + "/y") }?.description
                    == "cannot open \(root)/y: there is no such file or directory")
            #expect(error { try files.remove(root + "/y") }?.isMissing == true)
            #expect(error { try files.makeDirectories(root + "/x/z") }?.errno == ENOTDIR)
        }
    }

    @Test func aLockNamesItsOwner() throws {
        try withEach { files, root in
            try files.makeDirectories(root)
            let lock = try files.lock(root + "/lock")
            let refused = error { _ = try files.lock(root + "/lock") }
            #expect(refused?.isLocked == true)
            #expect(refused?.message == "it is held by process \(getpid())")
            lock.unlock()
            _ = try files.lock(root + "/lock")
        }
    }

    @Test func aClosedFileFails() throws {
        let path = FileManager.default.temporaryDirectory.path + "/waybill-files-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = try RealFileSystem().create(path)
        try file.close()
        try file.close()
        #expect(error { try file.append([1]) }?.message == "the file is closed")
    }
}
