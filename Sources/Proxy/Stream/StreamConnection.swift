import NIOCore

/// What both ends of a stream share: they can end their output alone, and pass a reset on as a reset.
class StreamConnection: ByteConnection {
    /// The peer will send no more, in order.
    private(set) var hasEnded = false
    /// What broke the connection, where its channel said so.
    private(set) var failure: (any Error)?
    /// The connection is gone, and its end was none that a peer in order has.
    private(set) var isBroken = false

    // MARK: What the ends define

    /// The peer has ended its sending: by FIN, by close_notify, or by closing.
    func ended() {}
    /// The connection is gone; `hasEnded`, `isBroken` and `failure` tell how.
    func lost() {}
    func checkStream(now: UInt64) {}

    // MARK: Channel

    override final func inputEnded() {
        guard !hasEnded else { return }
        hasEnded = true
        ended()
        process()
    }

    override final func failed(_ error: any Error) {
        // That a write found the output closed says nothing about the peer.
        if failure == nil, (error as? ChannelError) != .outputClosed { failure = error }
    }

    override final func closed() {
        isBroken = failure != nil || !endedInOrder(hasInputEnded: hasEnded)
        if !isBroken { hasEnded = true }
        lost()
    }

    override final func check(now: UInt64) {
        if now >= closingDeadline { close() } else { checkStream(now: now) }
    }
}
