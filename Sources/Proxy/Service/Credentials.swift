import Mesh
import NIOSSL
import Transport

/// The proxy's own certificate and key, loaded once for both ends of mutual TLS.
struct Credentials: Sendable {
    var server: NIOSSLContext?
    var client: NIOSSLContext?

    init(_ identity: MeshIdentity?) throws {
        guard let identity else { return }
        let files = TLSFiles(
            certificateChain: identity.certificateChain, privateKey: identity.privateKey, roots: identity.roots)
        server = try TLS.serverContext(files)
        client = try TLS.clientContext(files)
    }

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
