import NIOCore

/// What destinations, limits and faults keep for one exchange.
struct TrafficState {
    var destination: Destination?
    /// Of the header that consistent balancing goes by.
    var hash: UInt64?
    /// Counts among its cluster's requests.
    var isAdmitted = false
    /// Counts among its cluster's retries.
    var isRetry = false
    var fault: InjectedFault?
    /// When the last byte went either way; kept only where the route has an idle time-out.
    var lastByte: UInt64 = 0
    /// How fast the request's body comes; kept only where the listener wants it fast.
    var pace = BodyPace()
    /// The request's body for its mirror; `nil` when there is none to be made.
    var mirrored: ByteBuffer?
    /// 1xx, of all attempts.
    var interimResponses = 0
    /// A 100 has gone to the client.
    var mayContinue = false
    /// The caller named a deadline of its own, which the upstream is told too.
    var hasCallerDeadline = false
    /// Set while the request may become a tunnel, and when it is one.
    var tunnel: Tunnel?
}
