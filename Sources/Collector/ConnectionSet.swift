import NIOCore
import Synchronization

/// The open connections: bounded in number, and known, so that a stop can end them.
final class ConnectionSet: Sendable {
    private let limit: Int
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])

    init(limit: Int) { self.limit = limit }

    var count: Int { open.withLock { $0.count } }

    /// Whether there was room for one more.
    func add(_ channel: any Channel) -> Bool {
        let key = ObjectIdentifier(channel)
        let isTaken = open.withLock { open in
            guard open.count < limit else { return false }
            open[key] = channel
            return true
        }
        guard isTaken else { return false }
        channel.closeFuture.whenComplete { [self] _ in open.withLock { _ = $0.removeValue(forKey: key) } }
        return true
    }

    func closeAll() async {
        let channels = open.withLock { Array($0.values) }
        for channel in channels {
            // A connection that closes by itself meanwhile is just as well.
            try? await channel.close().get()
        }
    }
}
