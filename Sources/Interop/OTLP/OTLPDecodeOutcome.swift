/// What became of the spans of a request that was taken.
public struct OTLPDecodeOutcome: Sendable, Hashable {
    public var accepted: Int
    /// Spans left out because one of their own fields was unusable.
    public var rejected: Int
    /// Why the first rejected span was rejected, with its path and byte offset.
    public var firstRejection: String?

    public init(accepted: Int = 0, rejected: Int = 0, firstRejection: String? = nil) {
        self.accepted = accepted
        self.rejected = rejected
        self.firstRejection = firstRejection
    }
}
