import Mesh
import NIOSSL
import Transport

/// The proxy's own certificate and key, loaded once for both ends of mutual TLS.
struct Credentials: Sendable {
    private var servers: [HTTPProtocol?: NIOSSLContext] = [:]
    private var clients: [HTTPProtocol?: NIOSSLContext] = [:]

    init(_ identity: MeshIdentity?) throws {
        guard let identity else { return }
        let files = TLSFiles(
            certificateChain: identity.certificateChain, privateKey: identity.privateKey, roots: identity.roots)
        for version in HTTPProtocol.allCases {
            servers[version] = try TLS.serverContext(files, protocols: version.alpn)
            clients[version] = try TLS.clientContext(files, protocols: version.alpn)
        }
        servers[nil] = try TLS.serverContext(files)
        clients[nil] = try TLS.clientContext(files)
    }

    /// For listeners that take these versions of HTTP; `nil` for what is not HTTP.
    func server(_ version: HTTPProtocol?) -> NIOSSLContext? { servers[version] }

    /// For clusters that are spoken to so; `nil` for what is not HTTP.
    func client(_ version: HTTPProtocol?) -> NIOSSLContext? { clients[version] }

    /// Who a peer must be: the named workload, or anyone of the proxy's own trust domain.
    static func rule(for expectation: PeerExpectation, identity: MeshIdentity?) throws -> PeerRule {
        if let text = expectation.spiffeID { return .exactly(try SPIFFEID(text)) }
        guard let identity else {
            throw ConfigurationError(path: "identity", message: "is needed as soon as mutual TLS is used")
        }
        return .anyIn(identity.trustDomain)
    }

    /// Who may connect to a listener.
    static func rule(for listener: DeclaredListener, identity: MeshIdentity) throws -> PeerRule {
        if listener.accept.isEmpty { return .anyIn(identity.trustDomain) }
        return .oneOf(Set(try listener.accept.map { try SPIFFEID($0) }))
    }
}
