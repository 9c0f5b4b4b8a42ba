import NIOHPACK

extension RequestHead {
    /// Takes a request's header list (RFC 9113 §8.3.1); `nil` when it is sound.
    mutating func fill(_ headers: HPACKHeaders, endsStream: Bool) -> HTTPFault? {
        reset(.http2)
        fields.start()
        var scheme: String?
        var path: String?
        var authority: String?
        var tunnel: String?
        var methodText: String?
        var isRegular = false
        var cookies = ""
        var isCookieNeverIndexed = false
        for (name, value, indexing) in headers {
            if name.utf8.first == 0x3A {
                if isRegular { return HTTPFault(.malformedField, "the pseudo field \(name) stands after a field") }
                let isRepeated: Bool
                switch name {
                case ":method": isRepeated = Self.set(&methodText, value)
                case ":path": isRepeated = Self.set(&path, value)
                case ":authority": isRepeated = Self.set(&authority, value)
                case ":scheme": isRepeated = Self.set(&scheme, value)
                case ":protocol": isRepeated = Self.set(&tunnel, value)
                default: return HTTPFault(.malformedField, "the pseudo field \(name) is not one of a request")
                }
                if isRepeated { return HTTPFault(.malformedField, "the pseudo field \(name) is given more than once") }
                continue
            }
            if !isRegular {
                isRegular = true
                if let fault = begin(methodText, scheme, path, authority, tunnel) { return fault }
            }
            // A list may split cookies; HTTP/1 knows one field only (RFC 9113 §8.2.3).
            if name == "cookie" {
                if !cookies.isEmpty { cookies += "; " }
                cookies += value
                isCookieNeverIndexed = isCookieNeverIndexed || indexing == .neverIndexed
                continue
            }
            if let fault = fields.append(name, value, isNeverIndexed: indexing == .neverIndexed) { return fault }
        }
        if !isRegular, let fault = begin(methodText, scheme, path, authority, tunnel) { return fault }
        if !cookies.isEmpty, let fault = fields.append("cookie", cookies, isNeverIndexed: isCookieNeverIndexed) {
            return fault
        }
        return finish(endsStream: endsStream)
    }

    /// Whether there was a value already.
    private static func set(_ field: inout String?, _ value: String) -> Bool {
        if field != nil { return true }
        field = value
        return false
    }

    private mutating func begin(
        _ name: String?, _ scheme: String?, _ path: String?, _ authority: String?, _ tunnel: String?
    ) -> HTTPFault? {
        guard let name, !name.isEmpty, name.utf8.count <= limits.maximumMethodBytes,
            name.utf8.allSatisfy(CharacterClass.token.contains)
        else { return HTTPFault(.malformedRequestLine, "the request has no :method that is a token") }
        var text = name
        method = text.withUTF8 { .of(UnsafeRawBufferPointer($0)) }
        if let tunnel {
            if let fault = beginExtendedConnect(tunnel, authority) { return fault }
        } else {
            methodRange = fields.appendControl(name)
            if method == .connect { return beginConnect(scheme, path, authority) }
        }
        guard let scheme, scheme == "http" || scheme == "https" else {
            return HTTPFault(.malformedRequestLine, "the request's :scheme is neither http nor https")
        }
        guard let path, let first = path.utf8.first, first == 0x2F || path == "*" && method == .options else {
            return HTTPFault(.malformedTarget, "the request's :path is missing or does not start with a slash")
        }
        guard path.utf8.count <= limits.maximumTargetBytes else {
            return HTTPFault(
                .malformedTarget, status: 414,
                "the request target has \(path.utf8.count) bytes; at most \(limits.maximumTargetBytes) are taken")
        }
        guard path.utf8.allSatisfy({ $0 &- 0x21 < 0x5E && $0 != 0x23 }) else {
            return HTTPFault(.malformedTarget, "the request's :path holds a fragment or an invalid byte")
        }
        targetRange = fields.appendControl(path)
        if let authority {
            guard !authority.isEmpty, authority.utf8.allSatisfy(CharacterClass.authority.contains) else {
                return HTTPFault(.malformedHost, "the request's :authority is no host")
            }
            authorityRange = fields.appendControl(authority)
        }
        return nil
    }

    private mutating func finish(endsStream: Bool) -> HTTPFault? {
        if fields.first(.host) == nil, authorityRange.isEmpty {
            return HTTPFault(.hostMissing, "the request has neither :authority nor host")
        }
        if let host = fields.first(.host), !authorityRange.isEmpty,
            fields.string(host.valueRange) != fields.string(authorityRange)
        {
            return HTTPFault(.malformedHost, "the request's host is not its :authority")
        }
        if let fault = fields.withAllBytes({ readFields($0) }) { return fault }
        if asksFor != nil {
            guard fields.first(.contentLength) == nil else {
                return HTTPFault(.conflictingLengths, "CONNECT has no content, and this one states a length")
            }
        } else if endsStream {
            guard body == .none else {
                return HTTPFault(.conflictingLengths, "the request ends before the length that it states")
            }
        } else if body == .none, fields.first(.contentLength) == nil {
            body = .chunked
        }
        return nil
    }

    /// Whether the client takes trailers, which gRPC insists on being told.
    var takesTrailers: Bool {
        guard let field = fields.first(.te) else { return false }
        return fields.withBytes(field.valueRange) { equalsIgnoringCase($0, "trailers") }
    }
}
