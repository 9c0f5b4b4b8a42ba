import Glibc

/// What went wrong with a file, in one sentence a person can act on.
public struct FileError: Error, Sendable, Hashable {
    public enum Operation: String, Sendable, Hashable {
        case open, create, read, write, sync, truncate, close, list, makeDirectory, remove, syncDirectory, size, lock
        case freeSpace, link, removeDirectory

        /// The operation as part of a sentence that starts with "cannot".
        var phrase: String {
            switch self {
            case .makeDirectory: "make the directory"
            case .syncDirectory: "sync the directory"
            case .size: "find the size of"
            case .freeSpace: "find the free space at"
            case .link: "make a link at"
            case .removeDirectory: "remove the directory"
            default: rawValue
            }
        }
    }

    public var operation: Operation
    public var path: String
    /// The system's error number; zero where the reason is not the system's.
    public var errno: Int32
    /// The reason, without the operation and the path.
    public var message: String

    public init(operation: Operation, path: String, errno: Int32, message: String) {
        self.operation = operation
        self.path = path
        self.errno = errno
        self.message = message
    }

    public init(operation: Operation, path: String, errno: Int32) {
        self.init(operation: operation, path: path, errno: errno, message: FileError.reason(errno))
    }

    /// The disk, the quota or the file-size limit is used up: space may come back.
    public var isFull: Bool { errno == ENOSPC || errno == EDQUOT || errno == EFBIG }
    public var isReadOnly: Bool { errno == EROFS }
    public var isPermissionDenied: Bool { errno == EACCES || errno == EPERM }
    public var isMissing: Bool { errno == ENOENT }
    /// The two places of a link cannot share a file (other file systems, one without links, too many links): its bytes
    /// must be copied (`link(2)`: EXDEV, EPERM, EMLINK, EOPNOTSUPP).
    public var isCrossDevice: Bool {
        errno == EXDEV || operation == .link && [EPERM, EMLINK, EOPNOTSUPP, ENOSYS].contains(errno)
    }
    public var isNotEmpty: Bool { errno == ENOTEMPTY }
    /// The lock's owner is another process.
    public var isLocked: Bool { operation == .lock && errno == EWOULDBLOCK }

    static func reason(_ number: Int32) -> String {
        switch number {
        case ENOSPC: return "the disk is full"
        case EDQUOT: return "the disk quota is used up"
        case EROFS: return "the file system is read-only"
        case EACCES, EPERM: return "permission is denied"
        case ENOENT: return "there is no such file or directory"
        case EEXIST: return "it exists already"
        case EMFILE, ENFILE: return "too many files are open"
        case EIO: return "the device reported an input/output error"
        case ENOTDIR: return "a part of the path is not a directory"
        case EISDIR: return "it is a directory"
        case ENOTEMPTY: return "it is not empty"
        case EXDEV: return "it is on another file system"
        default:
            // Not `strerror`, which may write its answer into a buffer that threads share.
            var text = [CChar](repeating: 0, count: 128)
            guard strerror_r(number, &text, text.count) == 0 else { return "error number \(number)" }
            let known = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return "\(String(decoding: known, as: UTF8.self)) (error number \(number))"
        }
    }
}

extension FileError: CustomStringConvertible {
    public var description: String { "cannot \(operation.phrase) \(path): \(message)" }
}
