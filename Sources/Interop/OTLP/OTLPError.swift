/// Why a whole OTLP request was refused.
public struct OTLPError: Error, Hashable, Sendable {
    public enum Code: String, Sendable, Hashable {
        /// The body is not the protobuf message it should be. Retrying cannot help.
        case malformed
        /// The request is beyond a limit of this receiver. A smaller one would be taken.
        case limitExceeded
    }

    public var code: Code
    /// The field, as `resource_spans[0].scope_spans[0].spans[3].attributes[1].value`; empty for the request itself.
    public var path: String
    /// Byte offset into the request.
    public var offset: Int
    /// What is wrong, without the place.
    public var reason: String

    public init(code: Code, path: String, offset: Int, reason: String) {
        self.code = code
        self.path = path
        self.offset = offset
        self.reason = reason
    }

    /// One sentence for the sender, with the place.
    public var message: String {
        path.isEmpty ? "at byte \(offset): \(reason)" : "\(path), at byte \(offset): \(reason)"
    }
}

extension OTLPError: CustomStringConvertible {
    public var description: String { message }
}
