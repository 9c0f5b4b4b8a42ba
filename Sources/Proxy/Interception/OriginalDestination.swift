import Mesh
import NIOCore

/// Where an intercepted connection wanted to go before the kernel handed it to the proxy.
struct OriginalDestination: Sendable, Hashable {
    var address: IPAddress
    var port: Int
    /// It wanted to go to the proxy's own listener: it was not intercepted, or it would come back for ever.
    var isListener = false
    /// The client's end of the connection, by which the proxy knows its own.
    var client: SocketAddress?

    /// As it stands on spans: `address:port`.
    var text: String { HostPort(host: address.description, port: port).description }
}

extension OriginalDestination {
    /// `SO_ORIGINAL_DST` and `IP6T_SO_ORIGINAL_DST` (linux/netfilter_ipv4.h, linux/netfilter_ipv6/ip6_tables.h).
    private static let option = NIOBSDSocket.Option(rawValue: 80)

    /// Asks the kernel; a connection that it did not redirect wanted to go where it is. On the channel's event loop.
    init(of channel: any Channel) {
        guard let local = channel.localAddress, let own = OriginalDestination(local) else {
            self.init(address: IPAddress(.ipv4, high: 0, low: 0), port: 0, isListener: true)
            return
        }
        let level = own.address.family == .ipv4 ? NIOBSDSocket.OptionLevel.ip : .ipv6
        var found: OriginalDestination?
        if let provider = channel as? any SocketOptionProvider {
            let future: EventLoopFuture<RawSocketAddress> = provider.unsafeGetSocketOption(
                level: level, name: Self.option)
            // Complete already: the channel is on this event loop.
            future.assumeIsolated().whenSuccess { found = OriginalDestination($0) }
        }
        self = found ?? own
        isListener = (address, port) == (own.address, own.port)
        client = channel.remoteAddress
    }

    private init?(_ address: SocketAddress) {
        guard let text = address.ipAddress, let ip = IPAddress(text), let port = address.port else { return nil }
        self.init(address: ip, port: port)
    }

    private init?(_ raw: RawSocketAddress) {
        guard let address = raw.address else { return nil }
        self.init(address: address, port: raw.port)
    }
}
