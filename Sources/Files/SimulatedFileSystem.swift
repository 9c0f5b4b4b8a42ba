import Glibc
import Synchronization

/// A disk in memory that knows what is durable and what is not, for tests of crashes.
///
/// Bytes become durable by `File.sync`, names by `syncDirectory`. After `crash` everything else may be there or not,
/// sector by sector; that is more than a real disk loses, and never less than `fsync(2)` allows it to lose.
public final class SimulatedFileSystem: FileSystem {
    let state: Mutex<State>

    struct State {
        var names: [String: SimulatedInode] = [:]
        var durableNames: [String: SimulatedInode] = [:]
        /// Names made (`inode`) and removed (`nil`) since their directory was synced, in order.
        var pendingNames: [(path: String, inode: SimulatedInode?)] = []
        var directories: Set<String> = ["", "."]
        var locked: Set<String> = []
        var operations = 0
        var stopAfter = Int.max
        var generator: SeededGenerator
    }

    /// An empty disk. `seed` decides what survives of the write that a stop interrupts.
    public init(seed: UInt64 = 0) { state = Mutex(State(generator: SeededGenerator(seed: seed))) }

    private init(_ state: sending State) { self.state = Mutex(state) }

    /// How many operations that change something were asked for so far.
    public var operations: Int { state.withLock { $0.operations } }

    /// After `count` more changes every operation fails, as if the process had been killed there. A write that meets
    /// the end puts down a part of its bytes.
    public func stop(after count: Int) { state.withLock { $0.stopAfter = $0.operations + count } }

    /// The disk after a power cut; this one works no more. The same seed loses the same bytes.
    public func crash(seed: UInt64) -> SimulatedFileSystem {
        state.withLock { old in
            old.stopAfter = 0
            var generator = SeededGenerator(seed: seed)
            var names = old.durableNames
            for directory in Set(old.pendingNames.map { parent(of: $0.path) }).sorted() {
                let changes = old.pendingNames.filter { parent(of: $0.path) == directory }
                for change in changes.prefix(Int.random(in: 0...changes.count, using: &generator)) {
                    names[change.path] = change.inode
                }
            }
            var next = State(generator: SeededGenerator(seed: seed &+ 1))
            next.directories = old.directories
            for path in names.keys.sorted() {
                next.names[path] = SimulatedInode(durable: names[path]!.survivors(using: &generator))
            }
            next.durableNames = next.names
            return SimulatedFileSystem(next)
        }
    }

    /// The disk after the process was killed while the machine went on; this one works no more.
    public func kill() -> SimulatedFileSystem {
        state.withLock { old in
            old.stopAfter = 0
            var next = State(generator: SeededGenerator(seed: UInt64(old.operations)))
            next.directories = old.directories
            next.names = old.names.mapValues { SimulatedInode(copying: $0) }
            next.durableNames = next.names
            return SimulatedFileSystem(next)
        }
    }

    /// Changes bytes of a file behind everybody's back, on the disk itself.
    public func corrupt(_ path: String, at offset: Int, exclusiveOr mask: UInt8) {
        state.withLock { $0.names[path]?.damage(at: offset, mask) }
    }

    public func openForReading(_ path: String) throws(FileError) -> any File { try open(path) }

    public func openForAppending(_ path: String) throws(FileError) -> any File { try open(path) }

    private func open(_ path: String) throws(FileError) -> any File {
        let inode = try access(.open, path) { state throws(FileError) in
            guard let inode = state.names[path] else { throw FileError(operation: .open, path: path, errno: ENOENT) }
            return inode
        }
        return SimulatedFile(path: path, inode: inode, disk: self)
    }

    public func create(_ path: String) throws(FileError) -> any File {
        let inode = try change(.create, path) { state throws(FileError) in
            guard state.directories.contains(parent(of: path)) else {
                throw FileError(operation: .create, path: path, errno: ENOENT)
            }
            guard state.names[path] == nil else { throw FileError(operation: .create, path: path, errno: EEXIST) }
            let inode = SimulatedInode(durable: [])
            state.names[path] = inode
            state.pendingNames.append((path, inode))
            return inode
        }
        return SimulatedFile(path: path, inode: inode, disk: self)
    }

    public func list(_ directory: String) throws(FileError) -> [String] {
        try access(.list, directory) { state throws(FileError) in
            guard state.directories.contains(directory) else {
                throw FileError(operation: .list, path: directory, errno: ENOENT)
            }
            let prefix = directory + "/"
            let paths = Array(state.names.keys) + Array(state.directories)
            return paths.filter { $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains("/") }
                .map { String($0.dropFirst(prefix.count)) }.sorted()
        }
    }

    public func makeDirectories(_ path: String) throws(FileError) {
        try change(.makeDirectory, path) { state throws(FileError) in
            var prefix = ""
            for (index, part) in path.split(separator: "/", omittingEmptySubsequences: false).enumerated() {
                prefix += index == 0 ? String(part) : "/" + part
                if state.names[prefix] != nil {
                    throw FileError(operation: .makeDirectory, path: prefix, errno: ENOTDIR)
                }
                state.directories.insert(prefix)
            }
        }
    }

    public func remove(_ path: String) throws(FileError) {
        try change(.remove, path) { state throws(FileError) in
            guard state.names.removeValue(forKey: path) != nil else {
                throw FileError(operation: .remove, path: path, errno: ENOENT)
            }
            state.pendingNames.append((path, nil))
        }
    }

    public func syncDirectory(_ path: String) throws(FileError) {
        try change(.syncDirectory, path) { state throws(FileError) in
            for change in state.pendingNames where parent(of: change.path) == path {
                state.durableNames[change.path] = change.inode
            }
            state.pendingNames.removeAll { parent(of: $0.path) == path }
        }
    }

    public func exists(_ path: String) throws(FileError) -> Bool {
        try access(.open, path) { state throws(FileError) in
            state.names[path] != nil || state.directories.contains(path)
        }
    }

    public func size(of path: String) throws(FileError) -> Int {
        try access(.size, path) { state throws(FileError) in
            guard let inode = state.names[path] else { throw FileError(operation: .size, path: path, errno: ENOENT) }
            return inode.bytes.count
        }
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

    public func freeBytes(at path: String) throws(FileError) -> Int { Int.max }

    /// Runs an operation that changes nothing.
    func access<R>(
        _ operation: FileError.Operation, _ path: String, _ body: (inout State) throws(FileError) -> R
    ) throws(FileError) -> R {
        var result: Result<R, FileError>?
        state.withLock { state in
            guard state.operations < state.stopAfter else { return }
            do throws(FileError) { result = .success(try body(&state)) } catch { result = .failure(error) }
        }
        guard let result else { throw stopped(operation, path) }
        return try result.get()
    }

    /// Runs an operation that changes something: a boundary at which a stop can fall.
    func change<R>(
        _ operation: FileError.Operation, _ path: String, _ body: (inout State) throws(FileError) -> R
    ) throws(FileError) -> R {
        try access(operation, path) { state throws(FileError) in
            state.operations += 1
            guard state.operations < state.stopAfter else { throw stopped(operation, path) }
            return try body(&state)
        }
    }

    private func stopped(_ operation: FileError.Operation, _ path: String) -> FileError {
        FileError(operation: operation, path: path, errno: EIO, message: "the simulated machine has stopped")
    }
}

/// The directory part of a path.
private func parent(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
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
