import CSQLite
import Files
import Synchronization

/// An index run while it is open: its file, and connections to it that wait for the next look-up.
package final class OpenRun: Sendable {
    /// A connection at rest, used by no thread.
    private struct Idle: @unchecked Sendable {
        let connection: SQLiteConnection
    }

    /// Runs that are open at once; each has a descriptor.
    package static let maximumOpen = 32
    /// Connections beyond these are closed after use.
    private static let maximumIdle = 2
    /// Pages that a connection keeps: enough for the inner nodes on the way to a key, in kibibytes.
    private static let cacheKibibytes = 128

    let file: RunFile
    private let path: String
    private let name: String
    private let idle = Mutex<[Idle]>([])

    init(path: String, files: any FileSystem) throws(StoreError) {
        self.path = path
        file = try RunFile(path, files)
        name = try RunFileSystem.publish(file)
    }

    deinit { RunFileSystem.forget(name) }

    /// Lends a connection that no other thread has.
    func withConnection<R>(_ body: (SQLiteConnection) throws(StoreError) -> R) throws(StoreError) -> R {
        let borrowed = idle.withLock { $0.popLast() }
        do throws(StoreError) {
            let connection = if let borrowed { borrowed.connection } else { try connect() }
            let result = try body(connection)
            let resting = Idle(connection: connection)
            idle.withLock { idle in
                if idle.count < OpenRun.maximumIdle { idle.append(resting) }
            }
            return result
        } catch {
            throw file.takeFailure() ?? error
        }
    }

    private func connect() throws(StoreError) -> SQLiteConnection {
        let connection = try SQLiteConnection(
            name: name, flags: SQLITE_OPEN_READONLY, vfs: RunFileSystem.name, path: path)
        try connection.run("PRAGMA cache_size = -\(OpenRun.cacheKibibytes)")
        return connection
    }
}
