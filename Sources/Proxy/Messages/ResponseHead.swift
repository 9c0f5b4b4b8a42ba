import NIOCore

/// A response's head, parsed as strictly as a request's; reused for all responses of a connection.
package struct ResponseHead {
    package internal(set) var fields: FieldSection
    package internal(set) var status = 0
    package private(set) var isHTTP11 = true
    /// The upstream agrees: what follows the head is no message's body.
    package internal(set) var opensTunnel = false
    package internal(set) var body = BodyLength.none
    private(set) var tokens = ConnectionTokens()
    /// Of a response whose body is left out (HEAD, 304): what it would have been.
    package internal(set) var statedLength: Int?
    /// Status code, space, reason and CRLF: passed on as they came.
    private(set) var statusRange = 0..<0

    package init(limits: MessageLimits) { fields = FieldSection(limits: limits) }

    /// Whether the upstream keeps the connection open after this response.
    package var keepsAlive: Bool {
        body != .untilClose && (isHTTP11 ? !tokens.close : tokens.keepAlive && !tokens.close)
    }
    package var isInterim: Bool { status < 200 && !opensTunnel }

    /// Whether `field` goes to the client: it is not of the upstream connection alone, and not edited away.
    func passesOn(_ field: HeaderField, in raw: UnsafeRawBufferPointer, _ edits: HeadEdits) -> Bool {
        if field.name == .other {
            if !tokens.nominated.isEmpty, tokens.nominates(field, in: raw) { return false }
        } else if field.name.isHopByHop {
            return false
        }
        return !edits.removes(field, in: raw)
    }

    /// The length to state where the framing tells the end without it; `nil` when the upstream stated none.
    var bodyLength: Int? {
        switch body {
        case .none: status < 200 || status == 204 || fields.first(.contentLength) == nil ? nil : statedLength
        case .fixed(let count): count
        case .chunked, .untilClose: nil
        }
    }

    mutating func clear() { fields.clear() }

    /// Takes a whole head that answers a request of `method`; `nil` when it is sound.
    package mutating func parse(_ head: ByteBuffer, answering method: HTTPMethod) -> HTTPFault? {
        parse(head, answering: method, tunnel: nil)
    }

    /// The same for a request that asked for a tunnel.
    mutating func parse(_ head: ByteBuffer, answering method: HTTPMethod, tunnel: Tunnel.Kind?) -> HTTPFault? {
        reset()
        var lineEnd = 0
        if let fault = head.withUnsafeReadableBytes({ parseLine($0, end: &lineEnd) }) { return fault }
        if let fault = fields.parse(head, from: lineEnd) { return fault }
        return head.withUnsafeReadableBytes { readFields($0, method, tunnel) }
    }

    mutating func reset() {
        tokens.reset()
        body = .none
        statedLength = nil
        statusRange = 0..<0
        opensTunnel = false
    }

    /// The head that a CONNECT which ends here is answered with: there is no upstream that would give one.
    mutating func becomeConnected() {
        reset()
        fields.clear()
        status = 200
        opensTunnel = true
    }

    /// What content-length says, in a head that has no other framing.
    mutating func readLength(_ raw: UnsafeRawBufferPointer) -> HTTPFault? {
        var framing = FramingFields()
        for field in fields.fields where field.name == .contentLength {
            let value = UnsafeRawBufferPointer(rebasing: raw[field.valueRange])
            if let fault = framing.add(.contentLength, value) { return fault }
        }
        statedLength = framing.contentLength
        return nil
    }

    private mutating func parseLine(_ raw: UnsafeRawBufferPointer, end: inout Int) -> HTTPFault? {
        let prefix: StaticString = "HTTP/1."
        guard raw.count >= 15 else { return HTTPFault(.malformedStatusLine, "the status line is too short") }
        for index in 0..<7 where raw[index] != prefix.utf8Start[index] {
            return HTTPFault(.malformedStatusLine, "the status line does not start with HTTP/1.0 or HTTP/1.1")
        }
        guard raw[7] == 0x30 || raw[7] == 0x31, raw[8] == 0x20 else {
            return HTTPFault(.malformedStatusLine, "the status line does not start with HTTP/1.0 or HTTP/1.1")
        }
        isHTTP11 = raw[7] == 0x31
        var code = 0
        for index in 9..<12 {
            guard raw[index] &- 0x30 < 10 else {
                return HTTPFault(.malformedStatusLine, "the status code is not three digits")
            }
            code = code * 10 + Int(raw[index] &- 0x30)
        }
        guard (100...599).contains(code), raw[12] == 0x20 || raw[12] == 0x0D else {
            return HTTPFault(.malformedStatusLine, "the status code is not a number from 100 to 599")
        }
        status = code
        var offset = 12
        while offset < raw.count, isFieldValueByte(raw[offset]) { offset &+= 1 }
        guard offset + 2 <= raw.count, raw[offset] == 0x0D, raw[offset + 1] == 0x0A else {
            return HTTPFault(.malformedStatusLine, "the reason phrase holds a control character")
        }
        end = offset + 2
        statusRange = 9..<end
        return nil
    }

    /// 101: it must name what was asked for, and nothing else.
    private mutating func switchedTo(_ tunnel: Tunnel.Kind?, _ raw: UnsafeRawBufferPointer) -> HTTPFault? {
        guard case .upgrade(let name) = tunnel else {
            return HTTPFault(.unexpectedUpgrade, "the upstream switched protocols without being asked")
        }
        let named = name.withUnsafeBytes { name in
            fields.first(.upgrade).map {
                equalsIgnoringCase(UnsafeRawBufferPointer(rebasing: raw[$0.valueRange]), name)
            }
        }
        guard tokens.upgrade, named == true else {
            return HTTPFault(.unexpectedUpgrade, "the upstream switched to a protocol that it was not asked for")
        }
        opensTunnel = true
        return nil
    }

    private mutating func readFields(
        _ raw: UnsafeRawBufferPointer, _ method: HTTPMethod, _ tunnel: Tunnel.Kind?
    ) -> HTTPFault? {
        var framing = FramingFields()
        for field in fields.fields where field.name != .other {
            let range = field.valueRange
            switch field.name {
            case .connection: tokens.add(raw, range)
            case .contentLength, .transferEncoding:
                if let fault = framing.add(field.name, UnsafeRawBufferPointer(rebasing: raw[range])) { return fault }
            default: break
            }
        }
        if status == 101 {
            return switchedTo(tunnel, raw)
        }
        // Whatever lengths it states mean nothing (RFC 9110 §9.3.6).
        if case .connect = tunnel, (200...299).contains(status) {
            opensTunnel = true
            return nil
        }
        if framing.isChunked, !isHTTP11 {
            return HTTPFault(.conflictingLengths, "an HTTP/1.0 response cannot have Transfer-Encoding")
        }
        statedLength = framing.contentLength
        if status < 200 || status == 204 || status == 304 || method == .head {
            body = .none
        } else if framing.isChunked {
            body = .chunked
        } else if let length = framing.contentLength {
            body = length == 0 ? .none : .fixed(length)
        } else {
            body = .untilClose
        }
        return nil
    }
}
