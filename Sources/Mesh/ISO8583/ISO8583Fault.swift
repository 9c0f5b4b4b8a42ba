/// What in a message is not as the dialect says: the field, where it was met, and one sentence.
public struct ISO8583Fault: Error, Sendable, Hashable, CustomStringConvertible {
    /// Zero for the message type, one for the bitmaps.
    public var field: Int
    /// From the first byte of the message after its length.
    public var offset: Int
    public var message: String

    public init(field: Int, offset: Int, message: String) {
        self.field = field
        self.offset = offset
        self.message = message
    }

    public var description: String { "field \(field), byte \(offset): \(message)" }
}
