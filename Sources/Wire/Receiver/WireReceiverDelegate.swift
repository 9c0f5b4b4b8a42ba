/// Where decoded frames go. Methods are called on the connection's event loop and must not block.
public protocol WireReceiverDelegate: Sendable {
    /// HELLO arrived: the grant, or why there is none.
    func sessionOpened(_ hello: SessionHello, principal: String) -> Result<SessionGrant, WireRefusal>

    /// One decoded frame that carries a sequence. `done` may be called from any thread, once, when it is durable.
    func received(
        _ submission: WireSubmission, session: SessionIdentity,
        done: @escaping @Sendable (Result<Void, WireRefusal>) -> Void)

    /// The connection of an open session ended; `lastSequence` is what CLOSE named, `nil` when there was no CLOSE
    /// frame, so that the tail is not known.
    func sessionClosed(_ session: SessionIdentity, lastSequence: UInt64?)

    /// A connection was ended because of what it sent.
    func refusedFrame(reason: WireErrorCode)
}
