import Files
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
        let leaf = try TLS.leaf(ofChain: identity.certificateChain)
        let files = TLSFiles(
            certificateChain: identity.certificateChain, privateKey: identity.privateKey, roots: identity.roots)
        var servers: [HTTPProtocol?: NIOSSLContext] = [nil: try TLS.serverContext(files)]
        var clients: [HTTPProtocol?: NIOSSLContext] = [nil: try TLS.clientContext(files)]
        for version in HTTPProtocol.allCases {
            servers[version] = try TLS.serverContext(files, protocols: version.alpn)
            clients[version] = try TLS.clientContext(files, protocols: version.alpn)
        }
        (self.servers, self.clients) = (servers, clients)
        try Self.check(leaf, identity, replacing: old)
        (revoked, listsRefused) = try Self.lists(identity, files, replacing: old?.revoked)
        notAfter = leaf.notAfter
    }

    /// With a certificate that says somebody else, or that is not valid, every handshake would fail, one after the other.
    /// One that serves already may be past its end: to refuse new routes as well would help nobody.
    private static func check(
        _ leaf: LeafCertificate, _ identity: MeshIdentity, replacing old: Credentials?
    ) throws {
        let path = identity.certificateChain
        guard leaf.spiffeID == (try SPIFFEID(identity.spiffeID)) else {
            let whose = leaf.spiffeID.map { "is that of \($0)" } ?? "names no workload"
            throw ProxyError("the certificate in \(path) \(whose); identity.spiffeID is \(identity.spiffeID)")
        }
        let now = Clock.wallSeconds()
        guard leaf.notBefore <= now else {
            throw ProxyError(
                "the certificate in \(path) is valid from \(Instant(seconds: leaf.notBefore).text) on: wait for it, or "
                    + "set this machine's clock")
        }
        guard now <= leaf.notAfter || leaf.notAfter == old?.notAfter else {
            throw ProxyError(
                "the certificate in \(path) ended at \(Instant(seconds: leaf.notAfter).text): issue a new one")
        }
    }

    private static func lists(
        _ identity: MeshIdentity, _ files: TLSFiles, replacing old: RevocationList?
    ) throws -> (RevocationList, String?) {
        guard let path = identity.revocationLists else { return (RevocationList(), nil) }
        let before = old ?? RevocationList()
        do {
            let now = Clock.wallSeconds()
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
