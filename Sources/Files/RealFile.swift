import Glibc
import Synchronization

/// A file descriptor of the operating system.
final class RealFile: File {
    let path: String
    private let state: Mutex<State>

    private struct State {
        var descriptor: Int32
        /// Where `append` continues.
        var end: Int
    }

    init(path: String, flags: Int32, operation: FileError.Operation) throws(FileError) {
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw FileError(operation: operation, path: path, errno: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            let number = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : errno
            Glibc.close(descriptor)
            throw FileError(operation: operation, path: path, errno: number)
        }
        self.path = path
        state = Mutex(State(descriptor: descriptor, end: Int(status.st_size)))
    }

    deinit { state.withLock { if $0.descriptor >= 0 { Glibc.close($0.descriptor) } } }

    func size() throws(FileError) -> Int {
        var status = stat()
        guard fstat(try descriptor(.size), &status) == 0 else {
            throw FileError(operation: .size, path: path, errno: errno)
        }
        return Int(status.st_size)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        let descriptor = try descriptor(.read)
        var filled = 0
        while filled < buffer.count {
            let count = pread(descriptor, buffer.baseAddress! + filled, buffer.count - filled, off_t(offset + filled))
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(operation: .read, path: path, errno: errno)
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        try write(bytes, at: state.withLock { $0.end })
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        let descriptor = try descriptor(.write)
        var written = 0
        defer { state.withLock { $0.end = max($0.end, offset + written) } }
        while written < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(offset + written))
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(operation: .write, path: path, errno: errno)
            }
            written += count
        }
    }

    func truncate(to size: Int) throws(FileError) {
        let descriptor = try descriptor(.truncate)
        while ftruncate(descriptor, off_t(size)) != 0 {
            if errno != EINTR { throw FileError(operation: .truncate, path: path, errno: errno) }
        }
        state.withLock { $0.end = size }
    }

    func sync() throws(FileError) {
        if fdatasync(try descriptor(.sync)) != 0 { throw FileError(operation: .sync, path: path, errno: errno) }
    }

    func close() throws(FileError) {
        let descriptor = state.withLock { state in
            let descriptor = state.descriptor
            state.descriptor = -1
            return descriptor
        }
        guard descriptor >= 0 else { return }
        // The descriptor is gone even after EINTR (close(2), Linux).
        if Glibc.close(descriptor) != 0, errno != EINTR {
            throw FileError(operation: .close, path: path, errno: errno)
        }
    }

    private func descriptor(_ operation: FileError.Operation) throws(FileError) -> Int32 {
        let descriptor = state.withLock { $0.descriptor }
        guard descriptor >= 0 else {
            throw FileError(operation: operation, path: path, errno: EBADF, message: "the file is closed")
        }
        return descriptor
    }
}
