/// The header fields that a proxy looks at; all others are `other` and pass through untouched.
package enum FieldName: UInt8, Sendable {
    case other
    case host
    case connection
    case contentLength
    case transferEncoding
    case te
    case upgrade
    case keepAlive
    case proxyConnection
    case proxyAuthenticate
    case proxyAuthorization
    case expect
    case traceparent
    case tracestate
    case b3
    case b3TraceID
    case b3SpanID
    case b3ParentSpanID
    case b3Sampled
    case b3Flags
    case idempotencyKey
    /// `content_length` or `transfer_encoding`: framing to a service that reads fields as CGI has them
    /// (RFC 3875 §4.1.18), and to nobody else.
    case framingLookalike

    /// Fields that concern one connection only (RFC 9110 §7.6.1), and the framing fields that the proxy writes anew.
    var isHopByHop: Bool {
        switch self {
        case .connection, .keepAlive, .proxyConnection, .proxyAuthenticate, .proxyAuthorization, .te, .upgrade,
            .transferEncoding, .contentLength:
            true
        default: false
        }
    }

    /// Trace context fields, written anew for each attempt.
    var isTraceContext: Bool {
        switch self {
        case .traceparent, .tracestate, .b3, .b3TraceID, .b3SpanID, .b3ParentSpanID, .b3Sampled, .b3Flags: true
        default: false
        }
    }

    /// Fields that must not appear in a trailer section (RFC 9110 §6.5.1).
    var isForbiddenInTrailers: Bool {
        isHopByHop || isTraceContext || self == .host || self == .expect || self == .framingLookalike
    }

    /// The field that `name` spells, in any letter case.
    static func of(_ name: UnsafeRawBufferPointer) -> FieldName {
        switch name.count {
        case 2:
            if equalsIgnoringCase(name, "te") { return .te }
            if equalsIgnoringCase(name, "b3") { return .b3 }
        case 4: if equalsIgnoringCase(name, "host") { return .host }
        case 6: if equalsIgnoringCase(name, "expect") { return .expect }
        case 7: if equalsIgnoringCase(name, "upgrade") { return .upgrade }
        case 10:
            if equalsIgnoringCase(name, "connection") { return .connection }
            if equalsIgnoringCase(name, "keep-alive") { return .keepAlive }
            if equalsIgnoringCase(name, "tracestate") { return .tracestate }
            if equalsIgnoringCase(name, "x-b3-flags") { return .b3Flags }
        case 11:
            if equalsIgnoringCase(name, "traceparent") { return .traceparent }
            if equalsIgnoringCase(name, "x-b3-spanid") { return .b3SpanID }
        case 12:
            if equalsIgnoringCase(name, "x-b3-traceid") { return .b3TraceID }
            if equalsIgnoringCase(name, "x-b3-sampled") { return .b3Sampled }
        case 14:
            if equalsIgnoringCase(name, "content-length") { return .contentLength }
            if equalsIgnoringCase(name, "content_length") { return .framingLookalike }
        case 15: if equalsIgnoringCase(name, "idempotency-key") { return .idempotencyKey }
        case 16: if equalsIgnoringCase(name, "proxy-connection") { return .proxyConnection }
        case 17:
            if equalsIgnoringCase(name, "transfer-encoding") { return .transferEncoding }
            if equalsIgnoringCase(name, "transfer_encoding") { return .framingLookalike }
            if equalsIgnoringCase(name, "x-b3-parentspanid") { return .b3ParentSpanID }
        case 18: if equalsIgnoringCase(name, "proxy-authenticate") { return .proxyAuthenticate }
        case 19: if equalsIgnoringCase(name, "proxy-authorization") { return .proxyAuthorization }
        default: break
        }
        return .other
    }
}

/// Whether `bytes` are `lowercase` in any letter case.
func equalsIgnoringCase(_ bytes: UnsafeRawBufferPointer, _ lowercase: StaticString) -> Bool {
    guard bytes.count == lowercase.utf8CodeUnitCount else { return false }
    let expected = lowercase.utf8Start
    for index in 0..<bytes.count where lowered(bytes[index]) != expected[index] { return false }
    return true
}

/// Whether two names are the same in any letter case.
func equalsIgnoringCase(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.count where lowered(left[index]) != lowered(right[index]) { return false }
    return true
}

@inline(__always)
func lowered(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
