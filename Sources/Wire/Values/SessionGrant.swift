/// What a collector answers to HELLO when it takes the session (frame WELCOME).
public struct SessionGrant: Sendable, Hashable {
    /// The store's own id, 1 to 64 bytes.
    public var storeID: [UInt8]
    /// Grows when a store is restored from a backup.
    public var epoch: UInt64
    /// The highest sequence of this incarnation that is durable; zero when there is none.
    public var highestDurableSequence: UInt64
    /// Frame bytes that may be unacknowledged at a time.
    public var creditBytes: Int

    public init(storeID: [UInt8], epoch: UInt64, highestDurableSequence: UInt64, creditBytes: Int = 4 << 20) {
        self.storeID = storeID
        self.epoch = epoch
        self.highestDurableSequence = highestDurableSequence
        self.creditBytes = creditBytes
    }
}
