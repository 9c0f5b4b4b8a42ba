import Glibc
import Synchronization

/// A disk in memory that knows what is durable and what is not, and that fails as often as it is told to.
///
/// Bytes become durable by `File.sync`, names by `syncDirectory`. After `crash` everything else may be there or not,
/// sector by sector; that is more than a real disk loses, and never less than `fsync(2)` allows it to lose. The same
/// seed gives the same faults to callers that do the same operations.
public final class SimulatedFileSystem: FileSystem {
    let state: Mutex<State>
    private let durableDirectories = DurableDirectories()

    /// An empty disk. `seed` decides which operations fail, and what is left of those that do.
    public init(seed: UInt64 = 0) { state = Mutex(State(root: SimulatedDirectory(), seed: seed)) }

    init(_ state: sending State) { self.state = Mutex(state) }

    /// How many operations that change something were asked for so far.
    public var operations: Int { state.withLock { $0.operations } }

    /// After `count` more changes every operation fails, as if the process had been killed there. A write that meets
    /// the end puts down a part of its bytes.
    public func stop(after count: Int) { state.withLock { $0.stopAfter = $0.operations + count } }

    /// From now on, how often which operation fails.
    public func fail(_ profile: FaultProfile) { state.withLock { $0.profile = profile } }

    /// From now on, how many bytes the disk holds in all; `nil` for any number. What is more than that stays.
    public func resize(toBytes capacity: Int?) { state.withLock { $0.capacityBytes = capacity } }

    /// Bytes in all files.
    public var usedBytes: Int { state.withLock { $0.usedBytes } }

    /// The faults met since the last call, a line each; the first thousand of them.
    public func takeFaults() -> [String] {
        state.withLock { state in
            defer { state.met = [] }
            return state.met
        }
    }

    public func openForReading(_ path: String) throws(FileError) -> any File { try open(path) }

    public func openForAppending(_ path: String) throws(FileError) -> any File { try open(path) }

    private func open(_ path: String) throws(FileError) -> any File {
        let inode = try access(.open, path) { state throws(FileError) in try state.file(path, .open) }
        return SimulatedFile(path: path, inode: inode, disk: self)
    }

    public func create(_ path: String) throws(FileError) -> any File {
        let inode = try change(.create, path) { state throws(FileError) in
            let (directory, name) = try state.place(for: path, .create)
            if let capacity = state.capacityBytes, state.usedBytes >= capacity {
                throw FileError(operation: .create, path: path, errno: ENOSPC)
            }
            let inode = SimulatedInode(durable: [])
            inode.links = 1
            directory.set(name, .file(inode))
            return inode
        }
        return SimulatedFile(path: path, inode: inode, disk: self)
    }

    public func list(_ directory: String) throws(FileError) -> [String] {
        try access(.list, directory) { state throws(FileError) in
            try state.directory(directory, .list).entries.keys.sorted()
        }
    }

    public func makeDirectories(_ path: String) throws(FileError) {
        try durableDirectories.make(path, make: makeDirectory, sync: syncDirectory)
    }

    private func makeDirectory(_ path: String) throws(FileError) {
        try change(.makeDirectory, path) { state throws(FileError) in
            if state.directories[path] != nil { return }
            let (parent, name) = State.split(path)
            let directory = try state.directory(parent, .makeDirectory)
            if directory.entries[name] != nil {
                throw FileError(operation: .makeDirectory, path: path, errno: ENOTDIR)
            }
            let made = SimulatedDirectory()
            directory.set(name, .directory(made))
            state.directories[path] = made
        }
    }

    public func removeDirectory(_ path: String) throws(FileError) {
        durableDirectories.forget(path)
        try change(.removeDirectory, path) { state throws(FileError) in
            guard try state.directory(path, .removeDirectory).entries.isEmpty else {
                throw FileError(operation: .removeDirectory, path: path, errno: ENOTEMPTY)
            }
            let (parent, name) = State.split(path)
            try state.directory(parent, .removeDirectory).set(name, nil)
            state.directories[path] = nil
        }
    }

    public func remove(_ path: String) throws(FileError) {
        try change(.remove, path) { state throws(FileError) in
            let inode = try state.file(path, .remove)
            let (parent, name) = State.split(path)
            try state.directory(parent, .remove).set(name, nil)
            inode.links -= 1
            if inode.links == 0 { state.usedBytes -= inode.bytes.count }
        }
    }

    public func link(_ existing: String, to path: String) throws(FileError) {
        try change(.link, path) { state throws(FileError) in
            guard let inode = state.entry(existing).flatMap(State.inode) else {
                throw FileError(operation: .link, path: path, errno: ENOENT)
            }
            let (directory, name) = try state.place(for: path, .link)
            directory.set(name, .file(inode))
            inode.links += 1
        }
    }

    public func syncDirectory(_ path: String) throws(FileError) {
        try change(.syncDirectory, path) { state throws(FileError) in
            try state.directory(path, .syncDirectory).sync()
        }
    }

    public func exists(_ path: String) throws(FileError) -> Bool {
        try access(.open, path) { state throws(FileError) in state.entry(path) != nil }
    }

    public func size(of path: String) throws(FileError) -> Int {
        try access(.size, path) { state throws(FileError) in try state.file(path, .size).bytes.count }
    }

    public func lock(_ path: String) throws(FileError) -> any FileLock {
        try access(.lock, path) { state throws(FileError) in
            guard state.locked.insert(path).inserted else {
                throw FileError(
                    operation: .lock, path: path, errno: EWOULDBLOCK, message: "it is held by process \(getpid())")
            }
        }
        return SimulatedLock(path: path, disk: self)
    }

    public func freeBytes(at path: String) throws(FileError) -> Int {
        try access(.freeSpace, path) { state throws(FileError) in
            state.capacityBytes.map { max(0, $0 - state.usedBytes) } ?? Int.max
        }
    }

    /// Runs an operation that changes nothing.
    func access<R>(
        _ operation: FileError.Operation, _ path: String, _ body: (inout State) throws(FileError) -> R
    ) throws(FileError) -> R {
        try run { state throws(FileError) in
            try state.check(operation, path)
            return try body(&state)
        } orStopped: {
            State.stopped(operation, path)
        }
    }

    /// Runs an operation that changes something: a boundary at which a stop can fall.
    func change<R>(
        _ operation: FileError.Operation, _ path: String, _ body: (inout State) throws(FileError) -> R
    ) throws(FileError) -> R {
        try run { state throws(FileError) in
            state.operations += 1
            guard state.operations < state.stopAfter else { throw State.stopped(operation, path) }
            try state.check(operation, path)
            return try body(&state)
        } orStopped: {
            State.stopped(operation, path)
        }
    }

    /// Runs an operation that draws its own faults, unless the machine has stopped.
    func run<R>(
        _ body: (inout State) throws(FileError) -> R, orStopped: () -> FileError
    ) throws(FileError) -> R {
        var result: Result<R, FileError>?
        state.withLock { state in
            guard state.operations < state.stopAfter else { return }
            do throws(FileError) { result = .success(try body(&state)) } catch { result = .failure(error) }
        }
        guard let result else { throw orStopped() }
        return try result.get()
    }
}

private final class SimulatedLock: FileLock {
    private let path: String
    private let disk: SimulatedFileSystem

    init(path: String, disk: SimulatedFileSystem) {
        self.path = path
        self.disk = disk
    }

    deinit { unlock() }

    func unlock() { disk.state.withLock { _ = $0.locked.remove(path) } }
}
