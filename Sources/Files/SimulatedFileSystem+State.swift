import Glibc

extension SimulatedFileSystem {
    struct State {
        static let maximumFaultsKept = 1000

        let root: SimulatedDirectory
        /// By path, the root as "".
        var directories: [String: SimulatedDirectory]
        var locked: Set<String> = []
        var operations = 0
        var stopAfter = Int.max
        var generator: SeededGenerator
        var profile = FaultProfile.none
        var capacityBytes: Int?
        var usedBytes = 0
        var met: [String] = []

        init(root: SimulatedDirectory, seed: UInt64) {
            self.root = root
            directories = ["": root]
            generator = SeededGenerator(seed: seed)
            var seen: Set<ObjectIdentifier> = []
            enter(root, path: "", &seen)
        }

        /// Finds the directories and the bytes under `directory`.
        private mutating func enter(_ directory: SimulatedDirectory, path: String, _ seen: inout Set<ObjectIdentifier>)
        {
            for (name, entry) in directory.entries {
                switch entry {
                case .directory(let inner):
                    directories[path + "/" + name] = inner
                    enter(inner, path: path + "/" + name, &seen)
                case .file(let inode):
                    inode.links += 1
                    if seen.insert(ObjectIdentifier(inode)).inserted { usedBytes += inode.bytes.count }
                }
            }
        }

        /// The directory part of a path and the rest.
        static func split(_ path: String) -> (parent: String, name: String) {
            guard let slash = path.utf8.lastIndex(of: 0x2F) else { return ("", path) }
            return (String(path[..<slash]), String(path[path.utf8.index(after: slash)...]))
        }

        static func inode(_ entry: SimulatedDirectory.Entry) -> SimulatedInode? {
            if case .file(let inode) = entry { inode } else { nil }
        }

        static func stopped(_ operation: FileError.Operation, _ path: String) -> FileError {
            FileError(operation: operation, path: path, errno: EIO, message: "the simulated machine has stopped")
        }

        func entry(_ path: String) -> SimulatedDirectory.Entry? {
            let (parent, name) = State.split(path)
            return name.isEmpty ? .directory(root) : directories[parent]?.entries[name]
        }

        func file(_ path: String, _ operation: FileError.Operation) throws(FileError) -> SimulatedInode {
            switch entry(path) {
            case .file(let inode): return inode
            case .directory: throw FileError(operation: operation, path: path, errno: EISDIR)
            case nil: throw FileError(operation: operation, path: path, errno: ENOENT)
            }
        }

        func directory(_ path: String, _ operation: FileError.Operation) throws(FileError) -> SimulatedDirectory {
            if let found = directories[path == "/" || path == "." ? "" : path] { return found }
            let isFile = entry(path) != nil || entry(State.split(path).parent).flatMap(State.inode) != nil
            throw FileError(operation: operation, path: path, errno: isFile ? ENOTDIR : ENOENT)
        }

        /// Where a name that must be free goes.
        func place(
            for path: String, _ operation: FileError.Operation
        ) throws(FileError) -> (directory: SimulatedDirectory, name: String) {
            let (parent, name) = State.split(path)
            guard let directory = directories[parent] else {
                throw FileError(operation: operation, path: path, errno: ENOENT)
            }
            guard directory.entries[name] == nil else {
                throw FileError(operation: operation, path: path, errno: EEXIST)
            }
            return (directory, name)
        }

        /// Draws whether something of this chance happens.
        mutating func draws(_ chance: Double) -> Bool {
            chance > 0 && Double(generator.next() >> 11) * 0x1p-53 < chance
        }

        /// Whether an operation of this kind fails now; keeps a line about it.
        mutating func fails(_ operation: FileError.Operation, _ path: String) -> Bool {
            guard draws(profile.chance(of: operation)) else { return false }
            if met.count < State.maximumFaultsKept { met.append("\(operation) \(path)") }
            return true
        }

        mutating func check(_ operation: FileError.Operation, _ path: String) throws(FileError) {
            if fails(operation, path) { throw FileError(operation: operation, path: path, errno: EIO) }
        }

        /// How many of `count` bytes that make a file longer by `growth` are put down, and what is wrong if not all are.
        mutating func fitting(_ count: Int, growth: Int, _ path: String) -> (bytes: Int, failure: FileError?) {
            operations += 1
            guard operations < stopAfter else {
                return (Int.random(in: 0...count, using: &generator), State.stopped(.write, path))
            }
            if fails(.write, path) {
                let part = count > 0 && draws(0.5) ? Int.random(in: 0..<count, using: &generator) : 0
                return (part, FileError(operation: .write, path: path, errno: EIO))
            }
            guard let capacityBytes, growth > 0, usedBytes + growth > capacityBytes else { return (count, nil) }
            let missing = min(growth, usedBytes + growth - capacityBytes)
            return (max(0, count - missing), FileError(operation: .write, path: path, errno: ENOSPC))
        }

        /// Makes a sync that fails forget what is dirty, or not.
        mutating func failSync(_ inode: SimulatedInode) {
            guard draws(profile.droppingSyncs) else { return }
            let before = inode.bytes.count
            inode.drop(using: &generator)
            if inode.links > 0 { usedBytes += inode.bytes.count - before }
        }
    }
}
