import Glibc
import Synchronization

/// `flock(2)` on a file that names its owner. The kernel lets go of it when the process ends, however it ends.
final class RealFileLock: FileLock {
    private let descriptor: Mutex<Int32>

    init(path: String) throws(FileError) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw FileError(operation: .lock, path: path, errno: errno) }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            let owner = number == EWOULDBLOCK ? RealFileLock.owner(descriptor) : nil
            Glibc.close(descriptor)
            if number == EWOULDBLOCK {
                let name = owner.map { "process \($0)" } ?? "another process"
                throw FileError(operation: .lock, path: path, errno: number, message: "it is held by \(name)")
            }
            throw FileError(operation: .lock, path: path, errno: number)
        }
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            let number = errno
            Glibc.close(descriptor)
            throw FileError(operation: .lock, path: path, errno: number)
        }
        self.descriptor = Mutex(descriptor)
    }

    deinit { unlock() }

    func unlock() {
        let open = descriptor.withLock { descriptor in
            let open = descriptor
            descriptor = -1
            return open
        }
        if open >= 0 { Glibc.close(open) }
    }

    private static func owner(_ descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count].prefix { 0x30...0x39 ~= $0 }, as: UTF8.self))
    }
}
