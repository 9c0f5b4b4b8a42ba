import Glibc
import Synchronization

/// Another file system with faults: named ones, in the order given, and a disk that is full after so many bytes.
public final class FailingFileSystem: FileSystem {
    private let base: any FileSystem
    private let plan: Plan

    public init(_ base: any FileSystem, faults: [Fault] = [], capacityBytes: Int? = nil) {
        self.base = base
        plan = Plan(faults: faults, capacityBytes: capacityBytes)
    }

    /// Replaces what is still to go wrong.
    public func plan(_ faults: [Fault]) { plan.state.withLock { $0.faults = faults } }

    /// From now on, how many more bytes may be written; `nil` for any number.
    public func allow(bytes: Int?) { plan.state.withLock { $0.capacityBytes = bytes } }

    /// How many operations of a kind were asked for so far.
    public func count(of operation: FileError.Operation) -> Int {
        plan.state.withLock { $0.counts[operation] ?? 0 }
    }

    public func openForReading(_ path: String) throws(FileError) -> any File {
        try plan.check(.open, path)
        return FailingFile(try base.openForReading(path), plan)
    }

    public func create(_ path: String) throws(FileError) -> any File {
        try plan.check(.create, path)
        return FailingFile(try base.create(path), plan)
    }

    public func openForAppending(_ path: String) throws(FileError) -> any File {
        try plan.check(.open, path)
        return FailingFile(try base.openForAppending(path), plan)
    }

    public func list(_ directory: String) throws(FileError) -> [String] {
        try plan.check(.list, directory)
        return try base.list(directory)
    }

    public func makeDirectories(_ path: String) throws(FileError) {
        try plan.check(.makeDirectory, path)
        try base.makeDirectories(path)
    }

    public func remove(_ path: String) throws(FileError) {
        try plan.check(.remove, path)
        try base.remove(path)
    }

    public func link(_ existing: String, to path: String) throws(FileError) {
        try plan.check(.link, path)
        try base.link(existing, to: path)
    }

    public func removeDirectory(_ path: String) throws(FileError) {
        try plan.check(.removeDirectory, path)
        try base.removeDirectory(path)
    }

    public func syncDirectory(_ path: String) throws(FileError) {
        try plan.check(.syncDirectory, path)
        try base.syncDirectory(path)
    }

    public func exists(_ path: String) throws(FileError) -> Bool { try base.exists(path) }

    public func size(of path: String) throws(FileError) -> Int {
        try plan.check(.size, path)
        return try base.size(of: path)
    }

    public func lock(_ path: String) throws(FileError) -> any FileLock {
        try plan.check(.lock, path)
        return try base.lock(path)
    }

    public func freeBytes(at path: String) throws(FileError) -> Int {
        try plan.check(.freeSpace, path)
        let free = try base.freeBytes(at: path)
        return plan.state.withLock { $0.capacityBytes.map { min($0, free) } ?? free }
    }
}

/// What is still to go wrong, shared by a failing file system and its files.
private final class Plan: Sendable {
    struct State {
        var faults: [Fault]
        var capacityBytes: Int?
        var counts: [FileError.Operation: Int] = [:]
    }

    let state: Mutex<State>

    init(faults: [Fault], capacityBytes: Int?) {
        state = Mutex(State(faults: faults, capacityBytes: capacityBytes))
    }

    /// The effect that this operation meets, if any; counts it.
    func next(_ operation: FileError.Operation, _ path: String) -> Fault.Effect? {
        state.withLock { state in
            state.counts[operation, default: 0] += 1
            for index in state.faults.indices where state.faults[index].operation == operation {
                guard path.contains(state.faults[index].pathContains) else { continue }
                if state.faults[index].skip > 0 {
                    state.faults[index].skip -= 1
                    continue
                }
                let effect = state.faults[index].effect
                if state.faults[index].times != .max { state.faults[index].times -= 1 }
                if state.faults[index].times <= 0 { state.faults.remove(at: index) }
                return effect
            }
            return nil
        }
    }

    /// For operations that only succeed or fail.
    func check(_ operation: FileError.Operation, _ path: String) throws(FileError) {
        switch next(operation, path) {
        case .error(let number), .shortWrite(_, let number):
            throw FileError(operation: operation, path: path, errno: number)
        case .flippedBit, nil: return
        }
    }

    /// How many of `bytes` still fit.
    func take(bytes: Int) -> Int {
        state.withLock { state in
            guard let capacity = state.capacityBytes else { return bytes }
            let taken = min(bytes, capacity)
            state.capacityBytes = capacity - taken
            return taken
        }
    }
}

private final class FailingFile: File {
    private let base: any File
    private let plan: Plan

    init(_ base: any File, _ plan: Plan) {
        self.base = base
        self.plan = plan
    }

    var path: String { base.path }

    func size() throws(FileError) -> Int {
        try plan.check(.size, path)
        return try base.size()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        let effect = plan.next(.read, path)
        if case .error(let number) = effect { throw FileError(operation: .read, path: path, errno: number) }
        let count = try base.read(into: buffer, at: offset)
        if case .flippedBit(let bit) = effect, count > 0 {
            let place = bit % (count * 8)
            buffer[place / 8] ^= 1 << UInt8(place % 8)
        }
        return count
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        try write(bytes) { part throws(FileError) in try base.append(part) }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        try write(bytes) { part throws(FileError) in try base.write(part, at: offset) }
    }

    private func write(
        _ bytes: UnsafeRawBufferPointer, with write: (UnsafeRawBufferPointer) throws(FileError) -> Void
    ) throws(FileError) {
        switch plan.next(.write, path) {
        case .error(let number):
            throw FileError(operation: .write, path: path, errno: number)
        case .shortWrite(let count, let number):
            try write(UnsafeRawBufferPointer(rebasing: bytes.prefix(min(count, max(0, bytes.count - 1)))))
            throw FileError(operation: .write, path: path, errno: number)
        case .flippedBit, nil:
            let fitting = plan.take(bytes: bytes.count)
            try write(UnsafeRawBufferPointer(rebasing: bytes.prefix(fitting)))
            if fitting < bytes.count { throw FileError(operation: .write, path: path, errno: ENOSPC) }
        }
    }

    func truncate(to size: Int) throws(FileError) {
        try plan.check(.truncate, path)
        try base.truncate(to: size)
    }

    func sync() throws(FileError) {
        try plan.check(.sync, path)
        try base.sync()
    }

    func close() throws(FileError) {
        try plan.check(.close, path)
        try base.close()
    }
}
