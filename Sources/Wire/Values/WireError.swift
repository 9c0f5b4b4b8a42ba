/// What is wrong with received bytes: which field, where, and what was expected there.
public struct WireError: Error, Sendable, Hashable {
    public var code: WireErrorCode
    public var field: String
    /// Byte offset in the frame's (decompressed) payload; in the stream's first bytes for the preamble.
    public var offset: Int
    public var expected: String

    public init(_ code: WireErrorCode, field: String, offset: Int, expected: String) {
        self.code = code
        self.field = field
        self.offset = offset
        self.expected = expected
    }
}

extension WireError: CustomStringConvertible {
    public var description: String { "\(field) at byte \(offset): expected \(expected)" }
}
