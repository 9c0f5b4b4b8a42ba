import NIOCore
import Synchronization

/// The open connections, so that a stop can end them.
final class ConnectionSet: Sendable {
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])

    var count: Int { open.withLock { $0.count } }

    func add(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        open.withLock { $0[key] = channel }
        channel.closeFuture.whenComplete { [self] _ in open.withLock { _ = $0.removeValue(forKey: key) } }
    }

    func closeAll() async {
        let channels = open.withLock { Array($0.values) }
        for channel in channels {
            // A connection that closes by itself meanwhile is just as well.
            try? await channel.close().get()
        }
    }
}
