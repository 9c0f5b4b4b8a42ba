import NIOCore
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Mutual TLS from PEM files: BoringSSL verifies the chain, then the peer's SPIFFE id is checked against a rule.
///
/// A context is made once per identity and shared by all its connections; to rotate certificates make a new one.
public enum TLS {
    /// For listeners: a client without a certificate that chains to the roots is refused.
    ///
    /// - Parameter protocols: What the listener speaks, as ALPN names it; empty to leave it open.
    public static func serverContext(_ files: TLSFiles, protocols: [String] = []) throws -> NIOSSLContext {
        let (chain, key) = try identity(files)
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        configuration.applicationProtocols = protocols
        try secure(&configuration, files)
        return try context(configuration, files)
    }

    /// For connections to peers.
    public static func clientContext(_ files: TLSFiles, protocols: [String] = []) throws -> NIOSSLContext {
        let (chain, key) = try identity(files)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateChain = chain
        configuration.privateKey = key
        configuration.applicationProtocols = protocols
        try secure(&configuration, files)
        return try context(configuration, files)
    }

    /// Of TLS 1.2: forward secrecy and authenticated encryption only. Those of TLS 1.3 all have both.
    static let suites: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]
    static let curves: [NIOTLSCurve] = [.x25519, .secp256r1, .secp384r1]

    /// The first handlers of an accepted connection.
    ///
    /// - Parameters:
    ///   - revoked: Asked of every certificate between the peer and the trust anchor, at this handshake.
    ///   - taken: Told on the event loop of a peer whose handshake is complete, before anything that it sends is passed on.
    public static func serverHandlers(
        context: NIOSSLContext, verifying rule: PeerRule, revoked: RevocationList = RevocationList(),
        taken: ((PeerStanding) -> Void)? = nil
    ) throws -> [any ChannelHandler] {
        func make<Handler: ChainSeeingServer>(_ callback: @escaping NIOSSLVerificationCallback) throws -> Handler {
            try Handler(context: context, verificationCallback: callback)
        }
        let verification = PeerVerification(rule, revoked, taken: taken)
        let tls: NIOSSLServerHandler = try make { verification.see($1, $0) }
        return [tls, verification]
    }

    /// The first handlers of a connection to a peer. Names play no part: the SPIFFE id says who it is.
    public static func clientHandlers(
        context: NIOSSLContext, verifying rule: PeerRule, revoked: RevocationList = RevocationList()
    ) throws -> [any ChannelHandler] {
        func make<Handler: ChainSeeingClient>(_ callback: @escaping NIOSSLVerificationCallback) throws -> Handler {
            try Handler(context: context, serverHostname: nil, verificationCallback: callback)
        }
        let verification = PeerVerification(rule, revoked)
        let tls: NIOSSLClientHandler = try make { verification.see($1, $0) }
        return [tls, verification]
    }

    private static func secure(_ configuration: inout TLSConfiguration, _ files: TLSFiles) throws(TLSFileError) {
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuiteValues = suites
        configuration.curves = curves
        configuration.renegotiationSupport = .none
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates(try certificates(files.roots))
    }

    private static func identity(
        _ files: TLSFiles
    ) throws(TLSFileError) -> ([NIOSSLCertificateSource], NIOSSLPrivateKeySource) {
        let chain = try certificates(files.certificateChain)
        try checkReadable(files.privateKey)
        do {
            let key = try NIOSSLPrivateKey(file: files.privateKey, format: .pem)
            return (chain.map(NIOSSLCertificateSource.certificate), .privateKey(key))
        } catch {
            throw TLSFileError(
                .notPrivateKey, path: files.privateKey, "\(files.privateKey) does not hold a private key in PEM form")
        }
    }

    /// The first certificate of a chain file.
    public static func leaf(ofChain path: String) throws(TLSFileError) -> LeafCertificate {
        guard let leaf = try certificates(path).first else {
            throw TLSFileError(.notCertificates, path: path, "\(path) does not hold certificates in PEM form")
        }
        return LeafCertificate(
            spiffeID: try? PeerCertificate.identity(of: leaf), notBefore: Int64(leaf.notValidBefore),
            notAfter: Int64(leaf.notValidAfter))
    }

    private static func certificates(_ path: String) throws(TLSFileError) -> [NIOSSLCertificate] {
        try checkReadable(path)
        let certificates = (try? NIOSSLCertificate.fromPEMFile(path)) ?? []
        guard !certificates.isEmpty else {
            throw TLSFileError(.notCertificates, path: path, "\(path) does not hold certificates in PEM form")
        }
        return certificates
    }

    /// The certificates of a PEM file, each in DER.
    static func certificatesInDER(_ path: String) throws(TLSFileError) -> [[UInt8]] {
        var output: [[UInt8]] = []
        for certificate in try certificates(path) {
            guard let bytes = try? certificate.toDERBytes() else {
                throw TLSFileError(.notCertificates, path: path, "\(path) holds a certificate that has no DER form")
            }
            output.append(bytes)
        }
        return output
    }

    private static func checkReadable(_ path: String) throws(TLSFileError) {
        guard access(path, R_OK) == 0 else {
            let reason = SystemReason.text(errno)
            throw TLSFileError(.unreadable, path: path, "cannot read \(path): \(reason)")
        }
    }

    private static func context(
        _ configuration: TLSConfiguration, _ files: TLSFiles
    ) throws(TLSFileError) -> NIOSSLContext {
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw TLSFileError(
                .notAccepted, path: files.certificateChain,
                "the certificate chain in \(files.certificateChain) and the key in \(files.privateKey) do not fit together"
            )
        }
    }
}
