import NIOCore
import NIOSSL
import NIOTLS

/// Follows the handshake of a connection, says who its other end is and whether that is taken, and leaves.
///
/// BoringSSL verifies the chain. This one sees each certificate of it, from the trust anchor down, and refuses what an
/// authority has taken back, be it the peer's own certificate or that of an authority between. It stands right behind
/// the TLS handler: nothing of a peer that is refused passes it.
public final class PeerVerification: ChannelInboundHandler, RemovableChannelHandler {
    public typealias InboundIn = ByteBuffer

    private let rule: PeerRule
    private let revoked: RevocationList
    private(set) var chain = VerifiedChain()
    /// A certificate of the chain is one that no list could name.
    private(set) var hasNameless = false
    private var hasSeenAnchor = false
    private var refusal: PeerError?
    private let taken: ((PeerStanding) -> Void)?

    init(_ rule: PeerRule, _ revoked: RevocationList, taken: ((PeerStanding) -> Void)? = nil) {
        self.rule = rule
        self.revoked = revoked
        self.taken = taken
    }

    /// What BoringSSL says of the next certificate of the chain that it has built.
    func see(_ certificate: NIOSSLCertificate, _ result: NIOSSLVerificationResult) -> NIOSSLVerificationResult {
        guard result == .certificateVerified else { return result }
        let bytes = try? certificate.toDERBytes()
        let fields = bytes.flatMap { CertificateFields($0) }
        if !hasSeenAnchor { chain.anchor = bytes.map(BoringSSL.sha256) }
        defer { hasSeenAnchor = true }
        // The first is trusted as it is: who does not trust it any more takes it out of the roots.
        if !hasSeenAnchor, let fields, fields.issuer.elementsEqual(fields.subject) { return result }
        guard let fields, let name = CertificateName(fields) else {
            hasNameless = true
            if revoked.count > 0 { refusal = .nameless }
            return refusal == nil ? result : .failed
        }
        chain.certificates.append(name)
        if revoked.contains(name) {
            let peer = try? PeerCertificate.identity(of: certificate)
            refusal = .revoked(peer?.description ?? DistinguishedName.text(fields.subject))
        }
        return refusal == nil ? result : .failed
    }

    // MARK: Channel

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted? = event as? TLSUserEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        do throws(PeerError) {
            try check(context.channel)
        } catch {
            refusal = error
            context.fireErrorCaught(error)
            // Without waiting for a peer that is not trusted to close its session in order.
            if let tls = try? context.pipeline.syncOperations.context(handlerType: NIOSSLHandler.self) {
                tls.close(promise: nil)
            }
            return
        }
        if let taken, let standing = PeerStanding(of: context.channel) { taken(standing) }
        context.fireUserInboundEventTriggered(event)
        _ = context.pipeline.syncOperations.removeHandler(context: context)
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if refusal == nil { context.fireChannelRead(data) }
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let refusal, case NIOSSLError.handshakeFailed = error {
            context.fireErrorCaught(refusal)
        } else {
            context.fireErrorCaught(error)
        }
    }

    private func check(_ channel: any Channel) throws(PeerError) {
        guard let certificate = try? channel.pipeline.syncOperations.nioSSL_peerCertificate(),
            let bytes = try? certificate.toDERBytes()
        else { throw .noCertificate }
        let peer = try PeerCertificate.identity(of: certificate)
        guard rule.admits(peer) else { throw .notAdmitted(peer, rule) }
        let fingerprint = BoringSSL.sha256(bytes)
        if hasSeenAnchor {
            if !hasNameless { VerifiedChains.remember(chain, of: fingerprint) }
            return
        }
        // The session of an earlier connection goes on, and no chain was shown.
        if let known = VerifiedChains.chain(of: fingerprint) { chain = known } else { hasNameless = true }
        if revoked.count > 0, hasNameless { throw .nameless }
        if chain.certificates.contains(where: revoked.contains) { throw .revoked(peer.description) }
    }
}
