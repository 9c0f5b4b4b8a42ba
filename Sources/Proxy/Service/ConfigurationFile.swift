import Mesh

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The configuration of a proxy, read from a file.
package enum ConfigurationFile {
    static let maximumBytes = 16 << 20

    package static func read(_ path: String, spoolDirectory: String? = nil) throws -> ProxyConfiguration {
        let bytes = try contents(path)
        do {
            return try ProxyConfiguration(json: bytes, spoolDirectory: spoolDirectory)
        } catch {
            throw ProxyError("\(path): \(error)")
        }
    }

    private static func contents(_ path: String) throws -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw ProxyError("cannot open \(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &piece, piece.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw ProxyError("cannot read \(path): \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= maximumBytes else {
                throw ProxyError("\(path) is longer than \(maximumBytes) bytes")
            }
            bytes.append(contentsOf: piece[0..<count])
        }
    }
}
