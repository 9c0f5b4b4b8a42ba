/// CONNECT in HTTP/2 (RFC 9113 §8.5), and what became of `Upgrade` there: extended CONNECT (RFC 8441 §4).
extension RequestHead {
    mutating func beginConnect(_ pseudo: PseudoFields) -> HTTPFault? {
        guard pseudo.scheme == nil, pseudo.path == nil else {
            return HTTPFault(.malformedRequestLine, "CONNECT has neither :scheme nor :path")
        }
        guard let authority = pseudo.authority, Self.isHostAndPort(authority) else {
            return HTTPFault(.malformedTarget, "the :authority of CONNECT is not a host and a port")
        }
        authorityRange = fields.appendControl(authority)
        asksFor = .connect
        return nil
    }

    /// Everything but the transport is that of a GET with `Upgrade`, which it is for routes, rules and upstreams then.
    mutating func beginExtendedConnect(_ name: UnsafeRawBufferPointer, _ pseudo: PseudoFields) -> HTTPFault? {
        guard method == .connect else {
            return HTTPFault(.malformedRequestLine, "the request has :protocol, and its method is not CONNECT")
        }
        guard pseudo.authority != nil else {
            return HTTPFault(.hostMissing, "the extended CONNECT has no :authority")
        }
        guard !name.isEmpty, name.count <= limits.maximumMethodBytes,
            name.allSatisfy({ CharacterClass.token.contains($0) || $0 == 0x2F })
        else { return HTTPFault(.malformedRequestLine, "the request's :protocol is not the name of a protocol") }
        method = .get
        let get: StaticString = "GET"
        methodRange = fields.appendControl(
            UnsafeRawBufferPointer(start: get.utf8Start, count: get.utf8CodeUnitCount))
        asksFor = .upgrade(fields.appendControl(name))
        isExtendedConnect = true
        return nil
    }
}
