/// What is known of a connection when it is accepted.
struct Arrival {
    /// Of the client, without its port; empty where it has none.
    var peerAddress: [UInt8]
    /// Where an intercepted connection wanted to go.
    var original: OriginalDestination?
    /// Unix nanoseconds.
    let startedWall = Clock.wall()
    /// Monotonic nanoseconds.
    let started = Clock.monotonic()
}
