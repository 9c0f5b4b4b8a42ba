/// Which versions of HTTP a listener takes, or a cluster is spoken to in.
public enum HTTPProtocol: String, Sendable, Hashable, CaseIterable {
    /// Over TLS whatever ALPN agrees on, HTTP/2 first. On a plain listener the first bytes tell them apart; a plain
    /// cluster is spoken to in HTTP/1.1.
    case auto
    case http1
    /// HTTP/2 alone: by ALPN over TLS, by prior knowledge without.
    case http2

    /// For ALPN, best first.
    public var alpn: [String] {
        switch self {
        case .auto: ["h2", "http/1.1"]
        case .http1: ["http/1.1"]
        case .http2: ["h2"]
        }
    }
}
