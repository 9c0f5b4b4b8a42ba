import Glibc

/// The operating system's files.
public struct RealFileSystem: FileSystem {
    private let durable = DurableDirectories()

    public init() {}

    public func openForReading(_ path: String) throws(FileError) -> any File {
        try RealFile(path: path, flags: O_RDONLY, operation: .open)
    }

    public func create(_ path: String) throws(FileError) -> any File {
        try RealFile(path: path, flags: O_RDWR | O_CREAT | O_EXCL, operation: .create)
    }

    public func openForAppending(_ path: String) throws(FileError) -> any File {
        try RealFile(path: path, flags: O_RDWR, operation: .open)
    }

    public func list(_ directory: String) throws(FileError) -> [String] {
        guard let stream = opendir(directory) else {
            throw FileError(operation: .list, path: directory, errno: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw FileError(operation: .list, path: directory, errno: errno) }
                break
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public func makeDirectories(_ path: String) throws(FileError) {
        try durable.make(path, make: makeDirectory, sync: syncDirectory)
    }

    /// Makes one directory whose parent is there; an existing one is fine.
    private func makeDirectory(_ path: String) throws(FileError) {
        if mkdir(path, 0o750) == 0 { return }
        let number = errno
        if try isDirectory(path) { return }
        throw FileError(operation: .makeDirectory, path: path, errno: number == EEXIST ? ENOTDIR : number)
    }

    private func isDirectory(_ path: String) throws(FileError) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    public func remove(_ path: String) throws(FileError) {
        if unlink(path) != 0 { throw FileError(operation: .remove, path: path, errno: errno) }
    }

    public func link(_ existing: String, to path: String) throws(FileError) {
        if Glibc.link(existing, path) != 0 { throw FileError(operation: .link, path: path, errno: errno) }
    }

    public func removeDirectory(_ path: String) throws(FileError) {
        durable.forget(path)
        guard rmdir(path) != 0 else { return }
        // POSIX lets rmdir(2) say EEXIST for ENOTEMPTY.
        throw FileError(operation: .removeDirectory, path: path, errno: errno == EEXIST ? ENOTEMPTY : errno)
    }

    public func syncDirectory(_ path: String) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(operation: .syncDirectory, path: path, errno: errno) }
        defer { Glibc.close(descriptor) }
        if fsync(descriptor) != 0 { throw FileError(operation: .syncDirectory, path: path, errno: errno) }
    }

    public func exists(_ path: String) throws(FileError) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 { return true }
        if errno == ENOENT || errno == ENOTDIR { return false }
        throw FileError(operation: .open, path: path, errno: errno)
    }

    public func size(of path: String) throws(FileError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError(operation: .size, path: path, errno: errno) }
        return Int(status.st_size)
    }

    public func lock(_ path: String) throws(FileError) -> any FileLock { try RealFileLock(path: path) }

    public func freeBytes(at path: String) throws(FileError) -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw FileError(operation: .freeSpace, path: path, errno: errno) }
        let (bytes, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: status.f_frsize))
        return overflow ? Int.max : bytes
    }
}
