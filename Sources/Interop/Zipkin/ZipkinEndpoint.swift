import Telemetry

/// One side of a call, as Zipkin has it: a service's name, addresses, a port.
struct ZipkinEndpoint {
    private(set) var serviceName: String?
    private(set) var ipv4: String?
    private(set) var ipv6: String?
    private(set) var port: UInt16?
    /// Attributes of which it says all that they say: no tags of their own.
    private(set) var keys: Set<String> = []

    private var isEmpty: Bool { serviceName == nil && ipv4 == nil && ipv6 == nil && port == nil }

    /// The side that recorded the span.
    static func local(_ span: Span) -> ZipkinEndpoint {
        var endpoint = ZipkinEndpoint(serviceName: span.resource.serviceName)
        endpoint.takeAddress(span, ["network.local.address", "net.sock.host.addr", "net.host.ip"])
        endpoint.takeAddress(span, ["zipkin.localEndpoint.ipv4"])
        endpoint.takePort(span, ["network.local.port", "net.sock.host.port", "net.host.port"])
        return endpoint
    }

    /// The other side: of a span that calls, who is called; of any, who is named a peer.
    ///
    /// Source: OpenTelemetry specification, OpenTelemetry to Zipkin Transformation, Remote endpoint.
    static func remote(_ span: Span) -> ZipkinEndpoint {
        let isCaller = span.kind == .client || span.kind == .producer
        var endpoint = ZipkinEndpoint()
        if let peer = text(span, "peer.service") {
            endpoint.serviceName = peer
            endpoint.keys.insert("peer.service")
        } else if isCaller {
            endpoint.serviceName =
                ["server.address", "net.peer.name", "db.name"].lazy.compactMap { text(span, $0) }.first
        }
        endpoint.takeAddress(span, ["network.peer.address", "net.sock.peer.addr", "net.peer.ip"])
        endpoint.takeAddress(span, ["zipkin.remoteEndpoint.ipv4"])
        // A port of nothing says nothing.
        guard !endpoint.isEmpty else { return endpoint }
        endpoint.takePort(span, ["network.peer.port", "net.sock.peer.port", "net.peer.port"])
        if endpoint.port == nil, isCaller { endpoint.port = port(span, "server.port") }
        return endpoint
    }

    func write(_ name: String, to json: inout JSONWriter) {
        if isEmpty { return }
        json.key(name)
        json.beginObject()
        json.add("serviceName", serviceName)
        json.add("ipv4", ipv4)
        json.add("ipv6", ipv6)
        if let port { json.add("port", Int(port)) }
        json.endObject()
    }

    private mutating func takeAddress(_ span: Span, _ names: [String]) {
        for name in names {
            guard let text = Self.text(span, name) else { continue }
            if ipv4 == nil, AddressText.isIPv4(text) {
                ipv4 = text
            } else if ipv6 == nil, AddressText.isIPv6(text) {
                ipv6 = text
            } else {
                continue
            }
            keys.insert(name)
            return
        }
    }

    private mutating func takePort(_ span: Span, _ names: [String]) {
        for name in names {
            guard let port = Self.port(span, name) else { continue }
            self.port = port
            keys.insert(name)
            return
        }
    }

    private static func text(_ span: Span, _ key: String) -> String? {
        guard case .string(let text)? = span.attributes.first(key), !text.isEmpty else { return nil }
        return text
    }

    private static func port(_ span: Span, _ key: String) -> UInt16? {
        let port: UInt16? =
            switch span.attributes.first(key) {
            case .int(let number): UInt16(exactly: number)
            case .string(let text): UInt16(text).flatMap { String($0) == text ? $0 : nil }
            default: nil
            }
        return port == 0 ? nil : port
    }
}
