import NIOHTTP1

/// The checks on a parsed request head that keep two servers from reading one byte stream differently (RFC 9112 §11.2)
/// and that bound its size.
public enum HTTPRequestRules {
    public static func check(_ head: HTTPRequestHead, limits: HTTPLimits) throws(HTTPRefusal) {
        guard head.version == .http1_1 || head.version == .http1_0 else {
            throw HTTPRefusal(.version, .httpVersionNotSupported, "only HTTP/1.0 and HTTP/1.1 are spoken here")
        }
        try checkTarget(head, limits)
        try checkFields(head, limits)
        try checkHost(head)
        try checkLength(head, limits)
    }

    private static func checkTarget(_ head: HTTPRequestHead, _ limits: HTTPLimits) throws(HTTPRefusal) {
        guard head.uri.utf8.count <= limits.maximumURIBytes else {
            throw HTTPRefusal(
                .uriTooLong, .uriTooLong,
                "the request target has \(head.uri.utf8.count) bytes; at most \(limits.maximumURIBytes) are possible")
        }
        guard head.method != .CONNECT else {
            throw HTTPRefusal(.method, .badRequest, "CONNECT is not possible here")
        }
        let isAsterisk = head.method == .OPTIONS && head.uri == "*"
        guard isAsterisk || head.uri.utf8.first == UInt8(ascii: "/") else {
            throw HTTPRefusal(.target, .badRequest, "the request target must be a path that starts with /")
        }
        guard head.uri.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
            throw HTTPRefusal(
                .target, .badRequest, "the request target has a space, a control character, '#' or bytes beyond ASCII")
        }
    }

    private static func checkFields(_ head: HTTPRequestHead, _ limits: HTTPLimits) throws(HTTPRefusal) {
        var count = 0
        var bytes = head.uri.utf8.count
        for (name, value) in head.headers {
            count += 1
            // The colon, a space and the line break.
            bytes += name.utf8.count + value.utf8.count + 4
            // NUL, CR and LF end a line for some parsers; other control characters have no business here either.
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw HTTPRefusal(
                    .fieldValue, .badRequest, "the value of the header field \(name) has a control character")
            }
        }
        guard count <= limits.maximumHeaderCount else {
            throw HTTPRefusal(
                .headerTooLarge, .requestHeaderFieldsTooLarge,
                "the request has \(count) header fields; at most \(limits.maximumHeaderCount) are possible")
        }
        guard bytes <= limits.maximumHeaderBytes else {
            throw HTTPRefusal(
                .headerTooLarge, .requestHeaderFieldsTooLarge,
                "the request's header has \(bytes) bytes; at most \(limits.maximumHeaderBytes) are possible")
        }
    }

    private static func checkHost(_ head: HTTPRequestHead) throws(HTTPRefusal) {
        let hosts = head.headers["host"]
        guard hosts.count == 1 || (hosts.isEmpty && head.version == .http1_0) else {
            throw HTTPRefusal(.host, .badRequest, "the request has \(hosts.count) Host fields; exactly one is expected")
        }
        if let host = hosts.first, !host.utf8.allSatisfy(isHostByte) {
            throw HTTPRefusal(.host, .badRequest, "the Host field is not a host name with an optional port")
        }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A: true
        default: "-._~[]%!$&'()*+;=".utf8.contains(byte)
        }
    }

    private static func checkLength(_ head: HTTPRequestHead, _ limits: HTTPLimits) throws(HTTPRefusal) {
        let lengths = head.headers["content-length"]
        let encodings = head.headers["transfer-encoding"]
        if !encodings.isEmpty {
            guard lengths.isEmpty else {
                throw HTTPRefusal(
                    .conflictingLength, .badRequest, "the request has both Content-Length and Transfer-Encoding")
            }
            guard head.version == .http1_1 else {
                throw HTTPRefusal(.transferEncoding, .badRequest, "HTTP/1.0 has no Transfer-Encoding")
            }
            guard encodings.count == 1, encodings[0].lowercased() == "chunked" else {
                throw HTTPRefusal(
                    .transferEncoding, .notImplemented, "the only Transfer-Encoding known here is chunked, once")
            }
            return
        }
        guard let text = lengths.first else { return }
        guard lengths.count == 1 else {
            throw HTTPRefusal(.conflictingLength, .badRequest, "the request has \(lengths.count) Content-Length fields")
        }
        guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            let length = Int(text)
        else {
            throw HTTPRefusal(.conflictingLength, .badRequest, "Content-Length is not one decimal number")
        }
        guard length <= limits.maximumBodyBytes else {
            throw HTTPRefusal(
                .bodyTooLarge, .payloadTooLarge,
                "the body has \(length) bytes; at most \(limits.maximumBodyBytes) are possible")
        }
    }
}
