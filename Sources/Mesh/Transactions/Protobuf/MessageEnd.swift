/// What there was after the bytes of a message that were seen.
public enum MessageEnd: Sendable, Hashable {
    /// Nothing: that was all of it.
    case whole
    /// More, which is not looked at.
    case cut
    /// More, which did not come, or could not be read.
    case broken
}
