import Crypto
import Files

/// Copies a file and hashes what it copies.
enum FileCopy {
    struct Copied: Sendable, Hashable {
        var bytes: UInt64
        var sha256: [UInt8]
    }

    private static let chunkBytes = 1 << 20

    /// Copies all that `source` has now to a new file at `target`. Durable but for its directory entry, unless
    /// `isDurable` is false.
    static func run(
        _ source: any File, to target: String, files: any FileSystem, isDurable: Bool = true,
        progress: (Int) -> Void = { _ in }
    ) throws(FileError) -> Copied {
        let file = try files.create(target)
        let copied = try hash(source, upTo: try source.size()) { chunk throws(FileError) in
            try file.append(chunk)
            progress(chunk.count)
        }
        if isDurable { try file.sync() }
        try file.close()
        return copied
    }

    /// The hash of the first `size` bytes of a file, or of as many as there are.
    static func hash(
        _ source: any File, upTo size: Int, _ body: (UnsafeRawBufferPointer) throws(FileError) -> Void
    ) throws(FileError) -> Copied {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkBytes, alignment: 16)
        defer { buffer.deallocate() }
        var hasher = SHA256()
        var offset = 0
        while offset < size {
            let wanted = min(chunkBytes, size - offset)
            let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: offset)
            if count == 0 { break }
            let chunk = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            hasher.update(bufferPointer: chunk)
            try body(chunk)
            offset += count
        }
        return Copied(bytes: UInt64(offset), sha256: Array(hasher.finalize()))
    }
}
