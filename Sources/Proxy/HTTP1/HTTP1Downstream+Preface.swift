import NIOCore

/// Connections on which HTTP/2 is spoken after all.
extension HTTP1Downstream {
    func becomeHTTP2() {
        phase = .closing
        replace(
            by: HTTP2Downstream(
                worker: worker, listener: listener, routes: routes, limits: limits, isSecure: isSecure,
                principal: principal))
    }

    /// Whether the first bytes are, or may become, the preface of HTTP/2, whose method no request of HTTP/1 has
    /// (RFC 9113 §3.4).
    func startsHTTP2() -> Bool {
        let start: StaticString = "PRI * HTTP/2.0\r\n"
        let count = min(input.readableBytes, start.utf8CodeUnitCount)
        let agrees = input.withUnsafeReadableBytes { raw in
            for index in 0..<count where raw[index] != start.utf8Start[index] { return false }
            return true
        }
        guard agrees else {
            mayBeHTTP2 = false
            return false
        }
        if count == start.utf8CodeUnitCount { becomeHTTP2() }
        return true
    }
}
