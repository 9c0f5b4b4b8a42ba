import Glibc

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
            let count = max(0, min(buffer.count, inode.bytes.count - offset))
            if count > 0 {
                inode.bytes.withUnsafeBytes { bytes in
                    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
                }
            }
            return count
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) { try write(bytes, at: nil) }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        try write(bytes, at: .some(offset))
    }

    private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int?) throws(FileError) {
        try disk.run { state throws(FileError) in
            let offset = offset ?? inode.bytes.count
            let growth = max(0, offset + bytes.count - inode.bytes.count)
            let (fitting, failure) = state.fitting(bytes.count, growth: growth, path)
            if fitting > 0 {
                change(&state) { inode.write(Array(bytes.prefix(fitting)), at: offset) }
            }
            if let failure { throw failure }
        } orStopped: {
            SimulatedFileSystem.State.stopped(.write, path)
        }
    }

    func truncate(to size: Int) throws(FileError) {
        try disk.change(.truncate, path) { state throws(FileError) in change(&state) { inode.truncate(to: size) } }
    }

    /// Runs something that may change the number of bytes.
    private func change(_ state: inout SimulatedFileSystem.State, _ body: () -> Void) {
        let before = inode.bytes.count
        body()
        if inode.links > 0 { state.usedBytes += inode.bytes.count - before }
    }

    func sync() throws(FileError) {
        try disk.run { state throws(FileError) in
            state.operations += 1
            guard state.operations < state.stopAfter else { throw SimulatedFileSystem.State.stopped(.sync, path) }
            if state.fails(.sync, path) {
                state.failSync(inode)
                throw FileError(operation: .sync, path: path, errno: EIO)
            }
            inode.sync()
        } orStopped: {
            SimulatedFileSystem.State.stopped(.sync, path)
        }
    }

    func close() throws(FileError) {}
}
