import Telemetry

/// One side of a call, as Zipkin has it: a service's name, an address, a port.
struct ZipkinEndpoint {
    var serviceName: String?
    var address: String?
    var port: UInt16?

    var isEmpty: Bool { serviceName == nil && address == nil && port == nil }

    /// The side that recorded the span.
    static func local(_ span: Span) -> ZipkinEndpoint {
        ZipkinEndpoint(
            serviceName: span.resource.serviceName,
            address: address(span, ["network.local.address", "net.sock.host.addr", "net.host.ip"]),
            port: port(span, ["network.local.port", "net.sock.host.port", "net.host.port"]))
    }

    /// The other side: of a span that calls, who is called; of any, who is named a peer.
    ///
    /// Source: OpenTelemetry specification, OpenTelemetry to Zipkin Transformation, Remote endpoint.
    static func remote(_ span: Span) -> ZipkinEndpoint {
        let isCaller = span.kind == .client || span.kind == .producer
        let names = isCaller ? ["peer.service", "server.address", "net.peer.name", "db.name"] : ["peer.service"]
        var endpoint = ZipkinEndpoint(
            serviceName: text(span, names),
            address: address(
                span,
                ["network.peer.address", "net.sock.peer.addr", "net.peer.ip"] + (isCaller ? ["server.address"] : [])),
            port: port(
                span, ["network.peer.port", "net.sock.peer.port", "net.peer.port"] + (isCaller ? ["server.port"] : [])))
        // A port of nothing says nothing.
        if endpoint.serviceName == nil, endpoint.address == nil { endpoint.port = nil }
        return endpoint
    }

    func write(_ name: String, to json: inout JSONWriter) {
        if isEmpty { return }
        json.key(name)
        json.beginObject()
        json.add("serviceName", serviceName)
        if let address { json.add(AddressText.isIPv4(address) ? "ipv4" : "ipv6", address) }
        if let port { json.add("port", Int(port)) }
        json.endObject()
    }

    private static func text(_ span: Span, _ keys: [String]) -> String? {
        for key in keys {
            if case .string(let text)? = span.attributes.first(key), !text.isEmpty { return text }
        }
        return nil
    }

    private static func address(_ span: Span, _ keys: [String]) -> String? {
        for key in keys {
            guard case .string(let text)? = span.attributes.first(key) else { continue }
            if AddressText.isIPv4(text) || AddressText.isIPv6(text) { return text }
        }
        return nil
    }

    private static func port(_ span: Span, _ keys: [String]) -> UInt16? {
        for key in keys {
            let port: UInt16?
            switch span.attributes.first(key) {
            case .int(let number): port = UInt16(exactly: number)
            case .string(let text): port = UInt16(text)
            default: port = nil
            }
            if let port, port > 0 { return port }
        }
        return nil
    }
}
