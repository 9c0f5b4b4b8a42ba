import Files
import Synchronization

/// Another file system that counts the handles that are open at once.
final class CountingFileSystem: FileSystem {
    fileprivate final class Counter: Sendable {
        let counts = Mutex((now: 0, most: 0, opened: 0))

        func add(_ change: Int) {
            counts.withLock { counts in
                counts.now += change
                counts.most = max(counts.most, counts.now)
                if change > 0 { counts.opened += change }
            }
        }
    }

    private let base: any FileSystem
    private let counter = Counter()

    init(_ base: any FileSystem) { self.base = base }

    var openNow: Int { counter.counts.withLock { $0.now } }
    var mostOpen: Int { counter.counts.withLock { $0.most } }
    var openedEver: Int { counter.counts.withLock { $0.opened } }

    func openForReading(_ path: String) throws(FileError) -> any File {
        CountedFile(try base.openForReading(path), counter)
    }

    func create(_ path: String) throws(FileError) -> any File { CountedFile(try base.create(path), counter) }

    func openForAppending(_ path: String) throws(FileError) -> any File {
        CountedFile(try base.openForAppending(path), counter)
    }

    func list(_ directory: String) throws(FileError) -> [String] { try base.list(directory) }
    func makeDirectories(_ path: String) throws(FileError) { try base.makeDirectories(path) }
    func remove(_ path: String) throws(FileError) { try base.remove(path) }
    func link(_ existing: String, to path: String) throws(FileError) { try base.link(existing, to: path) }
    func removeDirectory(_ path: String) throws(FileError) { try base.removeDirectory(path) }
    func syncDirectory(_ path: String) throws(FileError) { try base.syncDirectory(path) }
    func exists(_ path: String) throws(FileError) -> Bool { try base.exists(path) }
    func size(of path: String) throws(FileError) -> Int { try base.size(of: path) }
    func lock(_ path: String) throws(FileError) -> any FileLock { try base.lock(path) }
    func freeBytes(at path: String) throws(FileError) -> Int { try base.freeBytes(at: path) }
}

private final class CountedFile: File {
    private let base: any File
    private let counter: CountingFileSystem.Counter
    private let isOpen = Mutex(true)

    init(_ base: any File, _ counter: CountingFileSystem.Counter) {
        self.base = base
        self.counter = counter
        counter.add(1)
    }

    deinit { leave() }

    private func leave() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { counter.add(-1) }
    }

    var path: String { base.path }
    func size() throws(FileError) -> Int { try base.size() }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        try base.read(into: buffer, at: offset)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) { try base.append(bytes) }
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) { try base.write(bytes, at: offset) }
    func truncate(to size: Int) throws(FileError) { try base.truncate(to: size) }
    func sync() throws(FileError) { try base.sync() }

    func close() throws(FileError) {
        try base.close()
        leave()
    }
}
