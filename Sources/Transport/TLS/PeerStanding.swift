import NIOCore
import NIOSSL

/// How long the other end of a connection may be trusted: what a long-lived connection is held against after its
/// handshake.
public struct PeerStanding: Sendable {
    private var chain = VerifiedChain()
    /// A certificate of the chain is one that no list could name.
    private var hasNameless = false
    /// Unix seconds after which it is not taken any more.
    public var notAfter: Int64

    /// Without a certificate.
    public init(notAfter: Int64) { self.notAfter = notAfter }

    /// Of the certificates shown in the handshake; `nil` on plain connections and when the handshake is not just over.
    ///
    /// Call it on the channel's event loop, when the handshake is told to be complete.
    public init?(of channel: any Channel) {
        let pipeline = channel.pipeline.syncOperations
        guard let shown = try? pipeline.nioSSL_peerCertificate(),
            let verification = try? pipeline.handler(type: PeerVerification.self)
        else { return nil }
        chain = verification.chain
        hasNameless = verification.hasNameless
        notAfter = Int64(shown.notValidAfter)
    }

    /// Whether one of the lists names a certificate of the chain.
    public func isRevoked(by lists: RevocationList) -> Bool {
        if chain.certificates.contains(where: lists.contains) { return true }
        return hasNameless && lists.count > 0
    }

    /// Whether the root that its chain was found to end at is one of these.
    public func isTrusted(by anchors: TrustAnchors) -> Bool { chain.anchor.map(anchors.contains) ?? false }
}
