import NIOCore

/// A request's head, parsed strictly (RFC 9112 §2 to §6): whatever two recipients could read differently is refused.
///
/// One value is reused for all requests of a connection.
package struct RequestHead {
    package internal(set) var fields: FieldSection
    package internal(set) var method = HTTPMethod.other
    package private(set) var version = HTTPVersion.http11
    package var isHTTP11: Bool { version == .http11 }
    package internal(set) var body = BodyLength.none
    package private(set) var expectsContinue = false
    private(set) var tokens = ConnectionTokens()
    let limits: MessageLimits
    var methodRange = 0..<0
    /// Origin form: path and query, or `*`.
    var targetRange = 0..<0
    /// Of an absolute target or of the `Host` field.
    var authorityRange = 0..<0
    var hasTraceparent = false
    var hasTracestate = false
    var hasB3 = false
    /// What the client asks for beyond an answer; `nil` for most requests.
    var asksFor: TunnelRequest?
    /// Came as extended CONNECT: there is no ordinary answer to it.
    var isExtendedConnect = false

    package init(limits: MessageLimits) {
        self.limits = limits
        fields = FieldSection(limits: limits)
    }

    /// Whether the client wants the connection kept after this request.
    package var wantsKeepAlive: Bool { version != .http10 ? !tokens.close : tokens.keepAlive && !tokens.close }
    package var methodText: String { method.name ?? fields.string(methodRange) }
    package var target: String { fields.string(targetRange) }
    package var authority: String { fields.string(authorityRange) }

    /// Whether `field` goes to the upstream as it is: it is not of the client's connection alone, not written anew there
    /// (Host, trace context), and not edited away. `Expect` is the upstream side's own choice.
    func passesOn(_ field: HeaderField, in raw: UnsafeRawBufferPointer, _ edits: HeadEdits) -> Bool {
        if field.name == .other {
            if !tokens.nominated.isEmpty, tokens.nominates(field, in: raw) { return false }
        } else if field.name.isHopByHop || field.name.isTraceContext || field.name == .host || field.name == .expect {
            return false
        }
        return !edits.removes(field, in: raw)
    }

    mutating func clear() { fields.clear() }

    /// Takes a whole head, its empty line included; `nil` when it is sound.
    package mutating func parse(_ head: ByteBuffer) -> HTTPFault? {
        reset(.http11)
        var lineEnd = 0
        if let fault = head.withUnsafeReadableBytes({ parseLine($0, end: &lineEnd) }) { return fault }
        if let fault = fields.parse(head, from: lineEnd) { return fault }
        return head.withUnsafeReadableBytes { readFields($0) }
    }

    mutating func reset(_ version: HTTPVersion) {
        self.version = version
        method = .other
        body = .none
        expectsContinue = false
        tokens.reset()
        authorityRange = 0..<0
        targetRange = 0..<0
        methodRange = 0..<0
        hasTraceparent = false
        hasTracestate = false
        hasB3 = false
        asksFor = nil
        isExtendedConnect = false
    }

    private mutating func parseLine(_ raw: UnsafeRawBufferPointer, end: inout Int) -> HTTPFault? {
        var offset = 0
        while offset < raw.count, CharacterClass.token.contains(raw[offset]) { offset &+= 1 }
        guard offset > 0, offset <= limits.maximumMethodBytes, offset < raw.count, raw[offset] == 0x20 else {
            return HTTPFault(.malformedRequestLine, "the request line does not start with a method and one space")
        }
        methodRange = 0..<offset
        method = .of(UnsafeRawBufferPointer(rebasing: raw[0..<offset]))
        offset &+= 1
        let start = offset
        while offset < raw.count, raw[offset] &- 0x21 < 0x5E {
            if raw[offset] == 0x23 {
                return HTTPFault(.malformedTarget, "the request target has a fragment at byte \(offset)")
            }
            offset &+= 1
        }
        let targetEnd = offset
        guard targetEnd > start, offset + 11 <= raw.count, raw[offset] == 0x20 else {
            return HTTPFault(.malformedTarget, "the request target is empty or has an invalid byte at \(offset)")
        }
        guard targetEnd - start <= limits.maximumTargetBytes else {
            return HTTPFault(
                .malformedTarget, status: 414,
                "the request target has \(targetEnd - start) bytes; at most \(limits.maximumTargetBytes) are taken")
        }
        let version = UnsafeRawBufferPointer(rebasing: raw[(offset + 1)..<(offset + 9)])
        guard raw[offset + 9] == 0x0D, raw[offset + 10] == 0x0A, isVersion(version) else {
            return HTTPFault(.malformedRequestLine, "the request line does not end with HTTP/1.0 or HTTP/1.1")
        }
        guard version[5] == 0x31, version[7] == 0x30 || version[7] == 0x31 else {
            return HTTPFault(.unsupportedVersion, status: 505, "the HTTP version is neither 1.0 nor 1.1")
        }
        self.version = version[7] == 0x31 ? .http11 : .http10
        end = offset + 11
        return splitTarget(raw, start..<targetEnd)
    }

    /// `HTTP/d.d`
    private func isVersion(_ text: UnsafeRawBufferPointer) -> Bool {
        text[0] == 0x48 && text[1] == 0x54 && text[2] == 0x54 && text[3] == 0x50 && text[4] == 0x2F
            && text[5] &- 0x30 < 10 && text[6] == 0x2E && text[7] &- 0x30 < 10
    }

    private mutating func splitTarget(_ raw: UnsafeRawBufferPointer, _ range: Range<Int>) -> HTTPFault? {
        if method == .connect {
            asksFor = .connect
            authorityRange = range
            return Self.isHostAndPort(UnsafeRawBufferPointer(rebasing: raw[range]))
                ? nil : HTTPFault(.malformedTarget, "the target of CONNECT is not a host and a port")
        }
        if raw[range.lowerBound] == 0x2F {
            targetRange = range
            return nil
        }
        if range.count == 1, raw[range.lowerBound] == 0x2A, method == .options {
            targetRange = range
            return nil
        }
        // Absolute form (RFC 9112 §3.2.2): its authority replaces the Host field.
        let scheme: StaticString = "http://"
        guard range.count > 7,
            equalsIgnoringCase(UnsafeRawBufferPointer(rebasing: raw[range.lowerBound..<(range.lowerBound + 7)]), scheme)
        else {
            return HTTPFault(.malformedTarget, "the request target is neither a path nor an absolute http URL")
        }
        var offset = range.lowerBound + 7
        let authorityStart = offset
        while offset < range.upperBound, raw[offset] != 0x2F, raw[offset] != 0x3F { offset &+= 1 }
        guard offset > authorityStart, isAuthority(raw, authorityStart..<offset) else {
            return HTTPFault(.malformedHost, "the absolute request target has no valid host")
        }
        guard offset < range.upperBound, raw[offset] == 0x2F else {
            return HTTPFault(.malformedTarget, "the absolute request target has no path")
        }
        authorityRange = authorityStart..<offset
        targetRange = offset..<range.upperBound
        return nil
    }

    /// The only form that CONNECT has (RFC 9110 §9.3.6).
    static func isHostAndPort(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.allSatisfy(CharacterClass.authority.contains), let colon = text.lastIndex(of: 0x3A), colon > 0 else {
            return false
        }
        let port = text[(colon + 1)...]
        return (1...5).contains(port.count) && port.allSatisfy { $0 &- 0x30 < 10 }
    }

    private func isAuthority(_ raw: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        for offset in range where !CharacterClass.authority.contains(raw[offset]) { return false }
        return true
    }

    mutating func readFields(_ raw: UnsafeRawBufferPointer) -> HTTPFault? {
        var framing = FramingFields()
        var hosts = 0
        for field in fields.fields where field.name != .other {
            let range = field.valueRange
            switch field.name {
            case .host:
                hosts += 1
                guard hosts == 1 else { return HTTPFault(.hostRepeated, "the Host field is given more than once") }
                guard isAuthority(raw, range) else {
                    return HTTPFault(.malformedHost, "the Host field holds a character that no host has")
                }
                if authorityRange.isEmpty { authorityRange = range }
            case .connection: tokens.add(raw, range)
            case .contentLength, .transferEncoding:
                if let fault = framing.add(field.name, UnsafeRawBufferPointer(rebasing: raw[range])) { return fault }
            case .expect:
                expectsContinue = equalsIgnoringCase(UnsafeRawBufferPointer(rebasing: raw[range]), "100-continue")
                guard expectsContinue else {
                    return HTTPFault(.malformedField, status: 417, "the Expect field asks for more than 100-continue")
                }
            case .framingLookalike:
                return HTTPFault(.malformedField, "a field has the name of a framing field with an underscore")
            case .traceparent: hasTraceparent = true
            case .tracestate: hasTracestate = true
            case .b3, .b3TraceID: hasB3 = true
            default: break
            }
        }
        if isHTTP11, hosts == 0 { return HTTPFault(.hostMissing, "the HTTP/1.1 request has no Host field") }
        if framing.isChunked {
            guard isHTTP11 else {
                return HTTPFault(.conflictingLengths, "an HTTP/1.0 request cannot have Transfer-Encoding")
            }
            body = .chunked
        } else if let length = framing.contentLength {
            body = length == 0 ? .none : .fixed(length)
        }
        if method == .connect, body != .none {
            return HTTPFault(.conflictingLengths, "CONNECT has no content, and this one states a length")
        }
        // Where content would end and the other protocol begin is nothing to be guessed.
        if tokens.upgrade, isHTTP11, body == .none, asksFor == nil, let field = fields.first(.upgrade) {
            asksFor = .upgrade(field.valueRange)
        }
        return nil
    }

    /// Whether the request states its length, which is then stated again even when it is zero.
    var statesZeroLength: Bool { body == .none && fields.first(.contentLength) != nil }

    /// Whether the Host field sent on is not the one that came: the target was absolute, or an HTTP/1.0 client gave none.
    var needsHostField: Bool {
        guard let host = fields.first(.host) else { return true }
        return host.valueRange != authorityRange
    }
}
