/// A refusal as it travels: a code, one sentence, and whether sending the same again may help.
public struct WireRefusal: Error, Sendable, Hashable {
    public var code: WireErrorCode
    /// One sentence for a person; cut to 1,024 bytes on the wire.
    public var message: String
    /// A refused batch that is not retryable is recorded as lost by its exporter.
    public var isRetryable: Bool

    public init(code: WireErrorCode, message: String, isRetryable: Bool) {
        self.code = code
        self.message = message
        self.isRetryable = isRetryable
    }
}

extension WireRefusal: CustomStringConvertible {
    public var description: String { "\(code.name): \(message)" }
}
