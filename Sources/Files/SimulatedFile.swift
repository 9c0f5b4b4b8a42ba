import Glibc

/// A file's bytes: as processes see them, as they are on the platters, and the changes in between.
/// Touched only under the file system's lock.
final class SimulatedInode: @unchecked Sendable {
    enum Change {
        case write(offset: Int, bytes: [UInt8])
        case truncate(Int)
    }

    static let sectorBytes = 512
    private(set) var bytes: [UInt8]
    private var durable: [UInt8]
    private var pending: [Change] = []

    init(durable: [UInt8]) {
        bytes = durable
        self.durable = durable
    }

    init(copying other: SimulatedInode) {
        bytes = other.bytes
        durable = other.bytes
    }

    func write(_ new: [UInt8], at offset: Int) {
        SimulatedInode.put(new[...], at: offset, into: &bytes)
        pending.append(.write(offset: offset, bytes: new))
    }

    func truncate(to size: Int) {
        SimulatedInode.resize(&bytes, to: size)
        pending.append(.truncate(size))
    }

    func sync() {
        durable = bytes
        pending.removeAll()
    }

    func damage(at offset: Int, _ mask: UInt8) {
        bytes[offset] ^= mask
        durable[offset] ^= mask
    }

    /// What a power cut leaves: either the first so many changes, the last of them torn, or any sectors of any.
    func survivors(using generator: inout SeededGenerator) -> [UInt8] {
        var result = durable
        let ordered = Bool.random(using: &generator)
        let kept = ordered ? Int.random(in: 0...pending.count, using: &generator) : pending.count
        for (index, change) in pending.prefix(kept).enumerated() {
            switch change {
            case .truncate(let size):
                if ordered || Bool.random(using: &generator) { SimulatedInode.resize(&result, to: size) }
            case .write(let offset, let bytes):
                if ordered {
                    let count = index == kept - 1 ? Int.random(in: 0...bytes.count, using: &generator) : bytes.count
                    SimulatedInode.put(bytes.prefix(count), at: offset, into: &result)
                    continue
                }
                var start = 0
                while start < bytes.count {
                    let sectorEnd = ((offset + start) / SimulatedInode.sectorBytes + 1) * SimulatedInode.sectorBytes
                    let end = min(bytes.count, sectorEnd - offset)
                    if Bool.random(using: &generator) {
                        SimulatedInode.put(bytes[start..<end], at: offset + start, into: &result)
                    }
                    start = end
                }
            }
        }
        return result
    }

    private static func put(_ bytes: ArraySlice<UInt8>, at offset: Int, into target: inout [UInt8]) {
        if bytes.isEmpty { return }
        if target.count < offset + bytes.count { resize(&target, to: offset + bytes.count) }
        target.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    private static func resize(_ target: inout [UInt8], to size: Int) {
        if size < target.count {
            target.removeLast(target.count - size)
        } else {
            target.append(contentsOf: repeatElement(0, count: size - target.count))
        }
    }
}

/// A handle on a simulated inode.
final class SimulatedFile: File {
    let path: String
    private let inode: SimulatedInode
    private let disk: SimulatedFileSystem

    init(path: String, inode: SimulatedInode, disk: SimulatedFileSystem) {
        self.path = path
        self.inode = inode
        self.disk = disk
    }

    func size() throws(FileError) -> Int {
        try disk.access(.size, path) { _ throws(FileError) in inode.bytes.count }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        try disk.access(.read, path) { _ throws(FileError) in
            let available = inode.bytes.dropFirst(offset).prefix(buffer.count)
            buffer.copyBytes(from: available)
            return available.count
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) { try write(bytes, at: nil) }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        try write(bytes, at: .some(offset))
    }

    private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int?) throws(FileError) {
        try disk.access(.write, path) { state throws(FileError) in
            state.operations += 1
            let offset = offset ?? inode.bytes.count
            guard state.operations < state.stopAfter else {
                let count = Int.random(in: 0...bytes.count, using: &state.generator)
                inode.write(Array(bytes.prefix(count)), at: offset)
                throw FileError(operation: .write, path: path, errno: EIO, message: "the simulated machine has stopped")
            }
            inode.write(Array(bytes), at: offset)
        }
    }

    func truncate(to size: Int) throws(FileError) {
        try disk.change(.truncate, path) { _ throws(FileError) in inode.truncate(to: size) }
    }

    func sync() throws(FileError) { try disk.change(.sync, path) { _ throws(FileError) in inode.sync() } }

    func close() throws(FileError) {}
}
