import Foundation
import Mesh
import NIOCore
import Proxy
import Synchronization

/// A proxy that was started from a file, and the file.
final class FiledProxy: Sendable {
    let path: String
    let proxy: TestProxy
    private let written: Mutex<ProxyConfiguration>

    init(_ configuration: ProxyConfiguration) async throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("waybill-\(UUID().uuidString).json").path
        var configuration = configuration
        configuration.admin = HostPort(host: "127.0.0.1", port: 0)
        written = Mutex(configuration)
        try Self.write(configuration.json.text, path)
        proxy = try await TestProxy(configuration, source: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    static func write(_ text: String, _ path: String) throws {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    func change(_ body: (inout ProxyConfiguration) -> Void) async throws -> ReloadOutcome {
        let text = written.withLock { configuration in
            body(&configuration)
            return configuration.json.text
        }
        try Self.write(text, path)
        return try await proxy.server.reload()
    }
}
