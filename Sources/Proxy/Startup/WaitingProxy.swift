import Mesh
import NIOCore
import NIOPosix
import Synchronization
import Transport

/// A proxy whose certificates, keys, roots or revocation lists are not there yet, or do not fit together yet: it tells so
/// on its admin listener until they are.
///
/// What brings them, a sidecar or a mounted secret, may start after the proxy.
package final class WaitingProxy: Sendable {
    package enum Look: Sendable, Hashable {
        case unchanged
        /// Something else is missing now.
        case changed
        case complete
    }

    private let configuration: ProxyConfiguration
    private let group: MultiThreadedEventLoopGroup
    private let missing: Mutex<String>
    private let admin = Mutex<(any Channel)?>(nil)

    /// `nil` when nothing is missing. Throws what waiting does not mend.
    package init?(_ configuration: ProxyConfiguration) throws {
        try ProxyServer.checkDocument(configuration)
        guard let missing = Self.missing(configuration) else { return nil }
        self.configuration = configuration
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.missing = Mutex(missing)
    }

    private static func missing(_ configuration: ProxyConfiguration) -> String? {
        do {
            _ = try Credentials(configuration.identity)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// What is missing, in a sentence.
    package var reason: String { missing.withLock { $0 } }

    /// Opens the admin listener, and gives its address.
    package func start() async throws -> String {
        let channel = try await ServerListener.bind(
            "admin", host: configuration.admin.host, port: configuration.admin.port, group: group
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try HTTPServerPipeline.add(to: channel, limits: AdminHandler.limits)
                try channel.pipeline.syncOperations.addHandler(AdminHandler(WaitingPages { self.reason }))
            }
        }
        admin.withLock { $0 = channel }
        return ServerListener.boundAddress(of: channel)
    }

    /// Looks at the files again.
    package func look() -> Look {
        guard let now = Self.missing(configuration) else { return .complete }
        return missing.withLock { before in
            defer { before = now }
            return before == now ? .unchanged : .changed
        }
    }

    /// Frees the admin listener's address for the proxy itself.
    package func stop() async throws {
        let channel = admin.withLock { channel in
            defer { channel = nil }
            return channel
        }
        try await channel?.close().get()
        try await group.shutdownGracefully()
    }
}
