/// CONNECT in HTTP/2 (RFC 9113 §8.5), and what became of `Upgrade` there: extended CONNECT (RFC 8441 §4).
extension RequestHead {
    mutating func beginConnect(_ scheme: String?, _ path: String?, _ authority: String?) -> HTTPFault? {
        guard scheme == nil, path == nil else {
            return HTTPFault(.malformedRequestLine, "CONNECT has neither :scheme nor :path")
        }
        guard var authority, authority.withUTF8({ Self.isHostAndPort(UnsafeRawBufferPointer($0)) }) else {
            return HTTPFault(.malformedTarget, "the :authority of CONNECT is not a host and a port")
        }
        authorityRange = fields.appendControl(authority)
        asksFor = .connect
        return nil
    }

    /// Everything but the transport is that of a GET with `Upgrade`, which it is for routes, rules and upstreams then.
    mutating func beginExtendedConnect(_ name: String, _ authority: String?) -> HTTPFault? {
        guard method == .connect else {
            return HTTPFault(.malformedRequestLine, "the request has :protocol, and its method is not CONNECT")
        }
        guard authority != nil else {
            return HTTPFault(.hostMissing, "the extended CONNECT has no :authority")
        }
        guard !name.isEmpty, name.utf8.count <= limits.maximumMethodBytes,
            name.utf8.allSatisfy({ CharacterClass.token.contains($0) || $0 == 0x2F })
        else { return HTTPFault(.malformedRequestLine, "the request's :protocol is not the name of a protocol") }
        method = .get
        methodRange = fields.appendControl("GET")
        asksFor = .upgrade(fields.appendControl(name))
        isExtendedConnect = true
        return nil
    }
}
