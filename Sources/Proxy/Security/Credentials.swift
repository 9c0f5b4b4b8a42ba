import Mesh
import NIOSSL
import Transport

/// What proves who the proxy is and says whom it trusts, as its files hold it at one moment. Never changed: files that
/// change make a new one.
final class Credentials: Sendable {
    private let servers: [HTTPProtocol?: NIOSSLContext]
    private let clients: [HTTPProtocol?: NIOSSLContext]
    let revoked: RevocationList
    /// Why the file of revocation lists is not taken over although the rest is; the lists before it hold on.
    let listsRefused: String?
    /// Of the proxy's own certificate, in Unix seconds; `nil` without an identity.
    let notAfter: Int64?
    /// The files as they were before they were read.
    let files: FileStamps
    /// The stamp of the roots file alone.
    let roots: FileStamp?

    /// - Parameter old: What serves now: a broken file of revocation lists must not keep a certificate from being renewed,
    ///   nor free the revoked.
    init(_ identity: MeshIdentity?, replacing old: Credentials? = nil) throws {
        files = FileStamps(Self.paths(identity))
        guard let identity else {
            (servers, clients, notAfter, roots) = ([:], [:], nil, nil)
            revoked = RevocationList()
            listsRefused = nil
            return
        }
        roots = FileStamp(identity.roots)
        let files = TLSFiles(
            certificateChain: identity.certificateChain, privateKey: identity.privateKey, roots: identity.roots)
        var servers: [HTTPProtocol?: NIOSSLContext] = [nil: try TLS.serverContext(files)]
        var clients: [HTTPProtocol?: NIOSSLContext] = [nil: try TLS.clientContext(files)]
        for version in HTTPProtocol.allCases {
            servers[version] = try TLS.serverContext(files, protocols: version.alpn)
            clients[version] = try TLS.clientContext(files, protocols: version.alpn)
        }
        (self.servers, self.clients) = (servers, clients)
        (revoked, listsRefused) = try Self.lists(identity, files, replacing: old?.revoked)
        notAfter = try TLS.expiry(ofChain: identity.certificateChain)
    }

    private static func lists(
        _ identity: MeshIdentity, _ files: TLSFiles, replacing old: RevocationList?
    ) throws -> (RevocationList, String?) {
        guard let path = identity.revocationLists else { return (RevocationList(), nil) }
        let before = old ?? RevocationList()
        do {
            let now = Int64(Clock.wall() / 1_000_000_000)
            return (try RevocationList.read(path, for: files, replacing: before, now: now), nil)
        } catch {
            guard before.lists > 0 else { throw error }
            return (before, "\(error)")
        }
    }

    /// For listeners that take these versions of HTTP; `nil` for what is not HTTP.
    func server(_ version: HTTPProtocol?) -> NIOSSLContext? { servers[version] }

    /// For clusters that are spoken to so; `nil` for what is not HTTP.
    func client(_ version: HTTPProtocol?) -> NIOSSLContext? { clients[version] }

    static func paths(_ identity: MeshIdentity?) -> [String] {
        guard let identity else { return [] }
        return [identity.certificateChain, identity.privateKey, identity.roots]
            + (identity.revocationLists.map { [$0] } ?? [])
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
