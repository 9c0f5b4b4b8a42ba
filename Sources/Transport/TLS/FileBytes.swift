#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A whole file of bounded length.
enum FileBytes {
    static func read(_ path: String, maximumBytes: Int) throws(TLSFileError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw unreadable(path) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            #if canImport(Glibc)
                let count = Glibc.read(file, &piece, piece.count)
            #else
                let count = Musl.read(file, &piece, piece.count)
            #endif
            if count < 0 {
                if errno == EINTR { continue }
                throw unreadable(path)
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= maximumBytes else {
                throw TLSFileError(.tooLong, path: path, "\(path) is longer than \(maximumBytes) bytes")
            }
            bytes.append(contentsOf: piece[0..<count])
        }
    }

    private static func unreadable(_ path: String) -> TLSFileError {
        TLSFileError(.unreadable, path: path, "cannot read \(path): \(SystemReason.text(errno))")
    }
}
