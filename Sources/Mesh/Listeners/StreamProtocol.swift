/// What a stream listener understands of the bytes that pass.
public enum StreamProtocol: Sendable, Hashable {
    /// Nothing: they go through as they are.
    case tcp
    /// The server name of the TLS ClientHello, which picks the route; the session stays end to end.
    case tlsPassthrough
    /// ISO 8583 messages in frames of a declared layout.
    case iso8583(ISO8583Settings)

    /// How documents write it.
    enum Name: String, CaseIterable {
        case tcp
        case tlsPassthrough = "tls-passthrough"
        case iso8583
    }

    var name: Name {
        switch self {
        case .tcp: .tcp
        case .tlsPassthrough: .tlsPassthrough
        case .iso8583: .iso8583
        }
    }

    /// `tcp`, `tls-passthrough` or `iso8583`.
    public var text: String { name.rawValue }
}
