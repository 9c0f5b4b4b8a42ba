/// Why a door does not take what was sent: in one sentence, and in terms that each protocol has a code for.
package struct IntakeRefusal: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// The bytes are not what they should be. Sending them again cannot help.
        case malformed
        /// Beyond a limit; less at once would be taken.
        case tooLarge
        /// No room for the moment. To be sent again.
        case busy
        /// This client holds more than its share for the moment. To be sent again.
        case overShare
        /// The collector cannot make anything durable, or is stopping. To be sent again.
        case unavailable
    }

    package var kind: Kind
    package var message: String
    /// What the refusal is counted as.
    package var reason: CollectorMetrics.RefusalReason
    /// How long the sender should wait before it tries again; `nil` when it should not.
    package var retryAfterSeconds: Int?

    package init(
        _ kind: Kind, _ message: String, reason: CollectorMetrics.RefusalReason, retryAfterSeconds: Int? = nil
    ) {
        self.kind = kind
        self.message = message
        self.reason = reason
        self.retryAfterSeconds = retryAfterSeconds
    }

    static let storeIsFull = IntakeRefusal(
        .busy, "The collector holds as many unsealed spans as it may; try again shortly.", reason: .busy,
        retryAfterSeconds: 1)

    static let abandoned = IntakeRefusal(
        .unavailable, "The request was given up before its turn came.", reason: .abandoned, retryAfterSeconds: 1)

    static let stopping = IntakeRefusal(
        .unavailable, "The collector is stopping.", reason: .stopping, retryAfterSeconds: 1)
}
