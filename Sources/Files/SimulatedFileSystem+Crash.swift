extension SimulatedFileSystem {
    /// A place on the platters that has turned.
    public struct Rot: Sendable, Hashable {
        public var path: String
        public var offset: Int
        /// The bits that are not what they were.
        public var mask: UInt8
    }

    /// The disk after a power cut; this one works no more. The same seed loses the same bytes.
    public func crash(seed: UInt64) -> SimulatedFileSystem {
        state.withLock { old in
            old.stopAfter = 0
            var generator = SeededGenerator(seed: seed)
            var inodes: [ObjectIdentifier: SimulatedInode] = [:]
            let root = SimulatedFileSystem.remains(of: old.root, &inodes, &generator)
            var next = State(root: root, seed: seed &+ 1)
            next.capacityBytes = old.capacityBytes
            return SimulatedFileSystem(next)
        }
    }

    private static func remains(
        of directory: SimulatedDirectory, _ inodes: inout [ObjectIdentifier: SimulatedInode],
        _ generator: inout SeededGenerator
    ) -> SimulatedDirectory {
        let names = directory.survivors(using: &generator)
        var entries: [String: SimulatedDirectory.Entry] = [:]
        for name in names.keys.sorted() {
            switch names[name] {
            case .directory(let inner):
                entries[name] = .directory(remains(of: inner, &inodes, &generator))
            case .file(let inode):
                // A file with two names is one file still.
                let identifier = ObjectIdentifier(inode)
                let left = inodes[identifier] ?? SimulatedInode(durable: inode.survivors(using: &generator))
                inodes[identifier] = left
                entries[name] = .file(left)
            case nil: break
            }
        }
        return SimulatedDirectory(durable: entries)
    }

    /// The disk after the process was killed while the machine went on; this one works no more. What was not durable is
    /// there for processes, and still not durable.
    public func kill() -> SimulatedFileSystem {
        state.withLock { old in
            old.stopAfter = 0
            var copies = Copies()
            var next = State(root: copies.copy(old.root), seed: old.generator.next())
            next.capacityBytes = old.capacityBytes
            return SimulatedFileSystem(next)
        }
    }

    /// Copies of directories and inodes, each made once.
    private struct Copies {
        private var directories: [ObjectIdentifier: SimulatedDirectory] = [:]
        private var inodes: [ObjectIdentifier: SimulatedInode] = [:]

        mutating func copy(_ directory: SimulatedDirectory) -> SimulatedDirectory {
            if let copy = directories[ObjectIdentifier(directory)] { return copy }
            let copy = directory.map { entry in
                switch entry {
                case .directory(let inner): .directory(self.copy(inner))
                case .file(let inode): .file(self.copy(inode))
                }
            }
            directories[ObjectIdentifier(directory)] = copy
            return copy
        }

        private mutating func copy(_ inode: SimulatedInode) -> SimulatedInode {
            if let copy = inodes[ObjectIdentifier(inode)] { return copy }
            let copy = SimulatedInode(copying: inode)
            inodes[ObjectIdentifier(inode)] = copy
            return copy
        }
    }

    /// Changes bytes of a file behind everybody's back, on the disk itself.
    public func corrupt(_ path: String, at offset: Int, exclusiveOr mask: UInt8) {
        state.withLock { $0.entry(path).flatMap(State.inode)?.damage(at: offset, mask) }
    }

    /// Turns a bit of one durable file, drawn from `seed`, among those whose paths `mayTurn` allows. Returns where, or
    /// `nil` when there is no such file with bytes in it.
    public func rot(seed: UInt64, _ mayTurn: (String) -> Bool) -> Rot? {
        state.withLock { state -> Rot? in
            var generator = SeededGenerator(seed: seed)
            var candidates: [(path: String, inode: SimulatedInode)] = []
            for (path, directory) in state.directories {
                for (name, entry) in directory.entries where directory.isDurable(name) {
                    guard case .file(let inode) = entry, inode.isDurable, !inode.bytes.isEmpty,
                        mayTurn(path + "/" + name)
                    else { continue }
                    candidates.append((path + "/" + name, inode))
                }
            }
            candidates.sort { $0.path < $1.path }
            guard let (path, inode) = candidates.randomElement(using: &generator) else { return nil }
            let offset = Int.random(in: inode.bytes.indices, using: &generator)
            let mask = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
            inode.damage(at: offset, mask)
            return Rot(path: path, offset: offset, mask: mask)
        }
    }
}
