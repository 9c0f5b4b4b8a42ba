/// The rest of a request that has been answered.
extension HTTP1Downstream {
    /// How much of it is still read, and how long.
    static let maximumDiscardedBytes = 1 << 20
    static let discardMilliseconds = 2_000

    /// `false` when nothing more can be done now.
    func discard() -> Bool {
        let before = input.readableBytes
        let event = decoder.next(&input)
        discarded += before - input.readableBytes
        if discarded > Self.maximumDiscardedBytes {
            stopDiscarding()
            return false
        }
        switch event {
        case .content: return true
        case .needsMore: return false
        case .end, .fault:
            stopDiscarding()
            return false
        }
    }

    /// The client has had its time to send; the answer may still be on its way to it.
    func stopDiscarding() {
        phase = .closing
        closeWhenWritten()
    }
}
