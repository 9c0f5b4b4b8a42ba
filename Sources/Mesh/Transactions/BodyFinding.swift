/// What one look at a body, or at its first bytes, says about an id.
public enum BodyFinding: Sendable, Hashable {
    /// Its decoded bytes; several where a message carries several payments.
    case found([[UInt8]])
    /// The whole body was seen, or enough of it to know.
    case absent
    /// The first bytes do not have it, and there are more.
    case beyondBound
    /// The bytes break the format's rules before the id.
    case malformed
}
