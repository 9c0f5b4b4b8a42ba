/// One way to the collector, with one connection's worth of order.
protocol LoadSender: Sendable {
    /// Hands one batch over, waiting for room but not for its acknowledgement. The meter learns what becomes of it.
    func send(_ item: LoadItem) async throws
    /// Returns when everything handed over was acknowledged or refused, or nothing has moved for `patience`.
    func finish(patience: Duration) async
    /// Ends waiting in `send` and `finish`.
    func cancel()
}
