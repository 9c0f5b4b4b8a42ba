import NIOCore
import NIOPosix

/// Opens listening sockets the way every listener of the product wants them.
public enum ServerListener {
    /// Connections that wait to be accepted.
    public static let backlog: Int32 = 1024

    /// Listens on `host` and `port`; port 0 takes a free one, which `boundAddress(of:)` tells.
    ///
    /// - Parameters:
    ///   - name: The listener as its configuration calls it, for the sentence.
    ///   - onlyIPv6: Of an IPv6 address: leaves the port free for a listener on the IPv4 one.
    ///   - accepting: Whether connections are accepted at once; else they wait until the channel's `autoRead` is set.
    ///   - initialize: Sets up the pipeline of an accepted connection, on its event loop.
    public static func bind(
        _ name: String, host: String, port: Int, onlyIPv6: Bool = false, accepting: Bool = true,
        group: any EventLoopGroup,
        initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) async throws(ListenerError) -> any Channel {
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.autoRead, value: accepting)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer(initialize)
        if onlyIPv6 {
            bootstrap = bootstrap.serverChannelOption(
                ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
        }
        do {
            return try await bootstrap.bind(host: host, port: port).get()
        } catch {
            let reason = SystemReason.text(of: error)
            throw ListenerError(
                code: .bind, description: "the \(name) listener cannot have \(host):\(port): \(reason)")
        }
    }

    /// `host:port` as people write it, with the real port.
    public static func boundAddress(of channel: any Channel) -> String {
        guard let address = channel.localAddress, let host = address.ipAddress, let port = address.port else {
            return "unknown"
        }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
