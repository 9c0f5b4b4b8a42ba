extension RequestHead {
    /// Takes a request's header list (RFC 9113 §8.3.1); `nil` when it is sound.
    mutating func fill(_ headers: HeaderList, endsStream: Bool) -> HTTPFault? {
        headers.reading { read(headers, endsStream: endsStream) }
    }

    private mutating func read(_ headers: HeaderList, endsStream: Bool) -> HTTPFault? {
        reset(.http2)
        fields.start()
        var pseudo = PseudoFields()
        var isRegular = false
        var cookies: [UInt8] = []
        var isCookieNeverIndexed = false
        let fault: HTTPFault? = headers.forEach { name, value, isNeverIndexed in
            if name.first == 0x3A {
                if isRegular {
                    return HTTPFault(
                        .malformedField, "the pseudo field \(FieldSection.text(name)) stands after a field")
                }
                return pseudo.add(name, value)
            }
            if !isRegular {
                isRegular = true
                if let fault = begin(pseudo) { return fault }
            }
            // A list may split cookies; HTTP/1 knows one field only (RFC 9113 §8.2.3).
            if name.elementsEqual("cookie".utf8) {
                if !cookies.isEmpty { cookies += [0x3B, 0x20] }
                cookies += value
                isCookieNeverIndexed = isCookieNeverIndexed || isNeverIndexed
                return nil
            }
            return fields.append(name, value, isNeverIndexed: isNeverIndexed)
        }
        if let fault { return fault }
        if !isRegular, let fault = begin(pseudo) { return fault }
        if !cookies.isEmpty {
            let name = Array("cookie".utf8)
            let fault = name.withUnsafeBytes { name in
                cookies.withUnsafeBytes { fields.append(name, $0, isNeverIndexed: isCookieNeverIndexed) }
            }
            if let fault { return fault }
        }
        return finish(endsStream: endsStream)
    }

    private mutating func begin(_ pseudo: PseudoFields) -> HTTPFault? {
        guard let name = pseudo.method, !name.isEmpty, name.count <= limits.maximumMethodBytes,
            name.allSatisfy(CharacterClass.token.contains)
        else { return HTTPFault(.malformedRequestLine, "the request has no :method that is a token") }
        method = .of(name)
        if let tunnel = pseudo.tunnel {
            if let fault = beginExtendedConnect(tunnel, pseudo) { return fault }
        } else {
            methodRange = fields.appendControl(name)
            if method == .connect { return beginConnect(pseudo) }
        }
        guard let scheme = pseudo.scheme, scheme.elementsEqual("http".utf8) || scheme.elementsEqual("https".utf8) else {
            return HTTPFault(.malformedRequestLine, "the request's :scheme is neither http nor https")
        }
        guard let path = pseudo.path, let first = path.first,
            first == 0x2F || first == 0x2A && path.count == 1 && method == .options
        else {
            return HTTPFault(.malformedTarget, "the request's :path is missing or does not start with a slash")
        }
        guard path.count <= limits.maximumTargetBytes else {
            return HTTPFault(
                .malformedTarget, status: 414,
                "the request target has \(path.count) bytes; at most \(limits.maximumTargetBytes) are taken")
        }
        guard path.allSatisfy({ $0 &- 0x21 < 0x5E && $0 != 0x23 }) else {
            return HTTPFault(.malformedTarget, "the request's :path holds a fragment or an invalid byte")
        }
        targetRange = fields.appendControl(path)
        if let authority = pseudo.authority {
            guard !authority.isEmpty, authority.allSatisfy(CharacterClass.authority.contains) else {
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
