import NIOCore
import Synchronization
import Transport

/// The open connections: bounded in number, and known, so that a stop can end them.
final class ConnectionSet: Sendable {
    private struct Connection {
        var channel: any Channel
        /// Whether it ends by itself once told to, after what is on its way.
        var drains: Bool
        /// Who is on the other end, and the roots that vouched for it; `nil` on plain connections and during a handshake.
        var peer: (standing: PeerStanding, anchors: TrustAnchors)?
        /// It has been told to end, its peer not being trusted any more.
        var isEnding = false
    }

    private let limit: Int
    private let open = Mutex<[ObjectIdentifier: Connection]>([:])

    init(limit: Int) { self.limit = limit }

    var count: Int { open.withLock { $0.count } }

    /// Whether there was room for one more.
    ///
    /// - Parameter drains: Whether a `ChannelShouldQuiesceEvent` makes it end gracefully.
    func add(_ channel: any Channel, drains: Bool = false) -> Bool {
        let key = ObjectIdentifier(channel)
        let isTaken = open.withLock { open in
            guard open.count < limit else { return false }
            open[key] = Connection(channel: channel, drains: drains)
            return true
        }
        guard isTaken else { return false }
        channel.closeFuture.whenComplete { [self] _ in open.withLock { _ = $0.removeValue(forKey: key) } }
        return true
    }

    /// Tells the connections that can end gracefully to do so, and returns when they have or the time is over.
    func drain(within time: TimeAmount) async {
        let channels = open.withLock { $0.values.filter(\.drains).map(\.channel) }
        guard let eventLoop = channels.first?.eventLoop else { return }
        let end = NIODeadline.now() + time
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        while open.withLock({ $0.values.contains(where: \.drains) }), NIODeadline.now() < end {
            // Closing is rare and a stop may take its time: looking again is simpler than counting them down.
            try? await eventLoop.scheduleTask(in: .milliseconds(5)) {}.futureResult.get()
        }
    }

    /// The peer of `channel` has completed its handshake under these roots.
    func verified(_ channel: any Channel, _ standing: PeerStanding, by anchors: TrustAnchors) {
        open.withLock { $0[ObjectIdentifier(channel)]?.peer = (standing, anchors) }
    }

    /// Tells the connections whose peers are not trusted any more to end, after what they have begun; how many there
    /// were. Roots that stay vouch for whom they have vouched for.
    ///
    /// - Parameter now: Unix seconds.
    func endUntrusted(by anchors: TrustAnchors, now: Int64) -> (expired: Int, untrusted: Int) {
        var channels: [any Channel] = []
        let counts = open.withLock { open in
            var (expired, untrusted) = (0, 0)
            for (key, connection) in open where !connection.isEnding {
                guard let peer = connection.peer else { continue }
                if now > peer.standing.notAfter {
                    expired += 1
                } else if peer.anchors != anchors, !peer.standing.isTrusted(by: anchors) {
                    untrusted += 1
                } else {
                    continue
                }
                open[key]?.isEnding = true
                channels.append(connection.channel)
            }
            return (expired, untrusted)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        return counts
    }

    func closeAll() async {
        let channels = open.withLock { $0.values.map(\.channel) }
        for channel in channels {
            // A connection that closes by itself meanwhile is just as well.
            try? await channel.close().get()
        }
    }
}
