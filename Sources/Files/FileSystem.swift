/// Everything that keeps bytes goes through this one small interface, so that tests can put a failing disk under it.
///
/// Paths are absolute or relative to the process's directory, `/` between parts. All methods may be called from any
/// thread and block; never call them on an event loop.
public protocol FileSystem: Sendable {
    /// Opens an existing file to read.
    func openForReading(_ path: String) throws(FileError) -> any File
    /// Creates a file that must not exist yet, to read and write. Durable only after `File.sync` and `syncDirectory`.
    func create(_ path: String) throws(FileError) -> any File
    /// Opens an existing file to read and write; `File.append` continues at its end.
    func openForAppending(_ path: String) throws(FileError) -> any File
    /// The names in a directory, sorted, without `.` and `..`.
    func list(_ directory: String) throws(FileError) -> [String]
    /// Makes a directory and its parents, each entry synced into its own parent; existing ones are fine.
    func makeDirectories(_ path: String) throws(FileError)
    /// Unlinks a file. It stays readable through handles that are open.
    func remove(_ path: String) throws(FileError)
    /// Gives an existing file a second name, `path`, which must not be taken: one set of bytes, there until both names
    /// are removed. The name is durable after `syncDirectory`. Where the two places cannot share a file, the error says
    /// `FileError.isCrossDevice`.
    func link(_ existing: String, to path: String) throws(FileError)
    /// Removes a directory with nothing in it; one that has anything is refused, with `FileError.isNotEmpty`. Durable
    /// after `syncDirectory` of its parent.
    func removeDirectory(_ path: String) throws(FileError)
    /// Makes the entries of a directory durable.
    func syncDirectory(_ path: String) throws(FileError)
    /// Whether anything is at `path`.
    func exists(_ path: String) throws(FileError) -> Bool
    /// Bytes in the file at `path`.
    func size(of path: String) throws(FileError) -> Int
    /// Takes the exclusive lock of the file at `path`, made when missing, and writes this process's id into it. Held
    /// until `FileLock.unlock` or the end of the process. An owner that holds it already is named in the error.
    func lock(_ path: String) throws(FileError) -> any FileLock
    /// Bytes that may still be written on the file system of `path` by this process.
    func freeBytes(at path: String) throws(FileError) -> Int
}

/// An open file. Writes of one file come from one thread at a time; reads may run beside them.
public protocol File: AnyObject, Sendable {
    var path: String { get }
    /// Bytes in the file now.
    func size() throws(FileError) -> Int
    /// Reads from `offset` into `buffer` and returns how many bytes there were: fewer only at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int
    /// Writes all of `bytes` at the end. After an error any prefix of them may be there.
    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError)
    /// Writes all of `bytes` at `offset`. After an error any part of them may be there.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError)
    /// Cuts or extends the file to `size` bytes.
    func truncate(to size: Int) throws(FileError)
    /// Makes the bytes of the file durable (`fdatasync`). After an error nothing written since the last success may be
    /// trusted, and a second call proves nothing.
    func sync() throws(FileError)
    /// Gives the descriptor back; later calls fail. A file that is not closed is closed when it is released.
    func close() throws(FileError)
}

/// An exclusive lock that this process holds.
public protocol FileLock: AnyObject, Sendable {
    func unlock()
}

extension FileSystem {
    /// The whole file, refused when it is longer than `limit` bytes.
    public func readAll(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
        let file = try openForReading(path)
        let size = try file.size()
        guard size <= limit else {
            throw FileError(operation: .read, path: path, errno: 0, message: "it has \(size) bytes, more than \(limit)")
        }
        var bytes = [UInt8](repeating: 0, count: size)
        let count = try file.read(into: &bytes, at: 0)
        try file.close()
        if count < size { bytes.removeLast(size - count) }
        return bytes
    }
}

extension File {
    /// Fills `bytes` from `offset`; returns how many bytes there were.
    public func read(into bytes: inout [UInt8], at offset: Int) throws(FileError) -> Int {
        var failure: FileError?
        let count = bytes.withUnsafeMutableBytes { buffer -> Int in
            do throws(FileError) { return try read(into: buffer, at: offset) } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return count
    }

    /// Writes all of `bytes` at the end.
    public func append(_ bytes: [UInt8]) throws(FileError) {
        var failure: FileError?
        bytes.withUnsafeBytes { buffer in
            do throws(FileError) { try append(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Writes all of `bytes` at `offset`.
    public func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        var failure: FileError?
        bytes.withUnsafeBytes { buffer in
            do throws(FileError) { try write(buffer, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
