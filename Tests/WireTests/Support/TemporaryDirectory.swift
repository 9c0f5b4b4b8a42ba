import Files
import Glibc

/// A directory of its own, removed with what is in it.
func withTemporaryDirectory(_ body: (String) async throws -> Void) async throws {
    let path = "/tmp/waybill-wire-\(UInt64.random(in: 1 ... .max))"
    let files = RealFileSystem()
    try files.makeDirectories(path)
    func clear() throws {
        for name in try files.list(path) { try files.remove(path + "/" + name) }
        _ = path.withCString { rmdir($0) }
    }
    do { try await body(path) } catch {
        try clear()
        throw error
    }
    try clear()
}
