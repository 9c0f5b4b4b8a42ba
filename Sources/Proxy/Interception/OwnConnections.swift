import NIOCore
import Synchronization

/// The proxy's own ends of connections that it makes for intercepted ones. One of them that is accepted again was
/// intercepted itself: without this, one connection of the service would become thousands.
final class OwnConnections: Sendable {
    static let loopSentence =
        "the connection is the proxy's own, which interception must leave alone: the proxy has to run as the user or "
        + "group that `waybill-proxy intercept up` was told of"

    private let addresses = Mutex<Set<SocketAddress>>([])

    func insert(_ address: SocketAddress) { addresses.withLock { _ = $0.insert(address) } }
    func remove(_ address: SocketAddress) { addresses.withLock { _ = $0.remove(address) } }
    func contains(_ address: SocketAddress) -> Bool { addresses.withLock { $0.contains(address) } }
}
