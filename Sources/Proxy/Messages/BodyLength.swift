/// How long a message's body is (RFC 9112 §6.3).
package enum BodyLength: Equatable, Sendable {
    case none
    case fixed(Int)
    case chunked
    /// Responses only: the body ends with the connection.
    case untilClose
}

/// The framing fields of a message, checked as they are met.
struct FramingFields {
    var contentLength: Int?
    var isChunked = false

    /// Takes one framing field's value; a fault when it is not the single, plain form that every recipient reads alike.
    mutating func add(_ name: FieldName, _ value: UnsafeRawBufferPointer) -> HTTPFault? {
        if name == .transferEncoding {
            if contentLength != nil { return FramingFields.both }
            if isChunked {
                return HTTPFault(.conflictingLengths, "Transfer-Encoding is given more than once")
            }
            guard equalsIgnoringCase(value, "chunked") else {
                return HTTPFault(
                    .unsupportedTransferEncoding, status: 501, "Transfer-Encoding must be chunked and nothing else")
            }
            isChunked = true
            return nil
        }
        if isChunked { return FramingFields.both }
        if contentLength != nil { return HTTPFault(.conflictingLengths, "Content-Length is given more than once") }
        // 18 digits stay below 2^63.
        guard !value.isEmpty, value.count <= 18 else { return FramingFields.malformedLength }
        var length = 0
        for byte in value {
            guard byte &- 0x30 < 10 else { return FramingFields.malformedLength }
            length = length &* 10 &+ Int(byte &- 0x30)
        }
        contentLength = length
        return nil
    }

    private static var both: HTTPFault {
        HTTPFault(.conflictingLengths, "the message has both Content-Length and Transfer-Encoding")
    }
    private static var malformedLength: HTTPFault {
        HTTPFault(.malformedLength, "Content-Length is not a plain decimal number of at most 18 digits")
    }
}
