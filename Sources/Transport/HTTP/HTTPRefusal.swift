import NIOHTTP1

/// Why a request is refused before anybody looks at it: a reason to count, a status and a sentence to answer.
public struct HTTPRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The label of the counter.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        case malformed
        case version
        case method
        case target
        case host
        case conflictingLength = "conflicting-length"
        case transferEncoding = "transfer-encoding"
        case fieldValue = "field-value"
        case headerTooLarge = "header-too-large"
        case uriTooLong = "uri-too-long"
        case bodyTooLarge = "body-too-large"
        case expectation
        case headerTimeout = "header-timeout"
        case bodyTimeout = "body-timeout"
    }

    public var reason: Reason
    public var status: HTTPResponseStatus
    public var description: String

    public init(_ reason: Reason, _ status: HTTPResponseStatus, _ description: String) {
        self.reason = reason
        self.status = status
        self.description = description
    }

    /// What the parser says of bytes that are no HTTP/1.1.
    init(_ error: HTTPParserError) {
        switch error {
        case .headerOverflow:
            self.init(
                .headerTooLarge, .requestHeaderFieldsTooLarge, "the request line or its header fields are too large")
        case .invalidVersion:
            self.init(.version, .httpVersionNotSupported, "only HTTP/1.0 and HTTP/1.1 are spoken here")
        case .unexpectedContentLength:
            self.init(
                .conflictingLength, .badRequest,
                "the request has more than one Content-Length, or Content-Length beside Transfer-Encoding")
        case .invalidContentLength:
            self.init(.conflictingLength, .badRequest, "Content-Length is not one decimal number")
        case .invalidChunkSize:
            self.init(.malformed, .badRequest, "a chunk of the body does not start with its size in hexadecimal")
        case .invalidMethod: self.init(.method, .badRequest, "the method is not an HTTP method")
        case .invalidURL: self.init(.target, .badRequest, "the request target is not a path")
        case .invalidHeaderToken, .lfExpected:
            self.init(
                .fieldValue, .badRequest,
                "a header field's name or value has a character that is not allowed there, or its line is folded")
        // The parser has no name of its own for a bad Transfer-Encoding.
        case .unknown:
            self.init(
                .transferEncoding, .badRequest,
                "Transfer-Encoding is not chunked, once and alone, or a line of the request does not end with CR LF")
        default: self.init(.malformed, .badRequest, "the request is not HTTP/1.1")
        }
    }
}
